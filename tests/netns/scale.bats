#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Real daemons on three to eight nodes: all start at once and make one view; one dies.

export LAB_NODES="node1 node2 node3 node4 node5 node6 node7 node8"

load helper.bash
load daemons.bash
declare -gA daemon # daemons.bash
load oracle.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# names FIRST LAST: node2 .. node5
names() {
	seq -f 'node%.0f' -s ' ' "$1" "$2"
}

# ids FIRST LAST: 2,3,4,5
ids() {
	seq -s , "$1" "$2"
}

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# The number of the view that a node is in: each one that is proposed counts it up.
epoch_of() {
	lab_on "$1" "$XNLB" status -j --instance lab | jq .convergence.epoch
}

# In how many views some node has been active.
views() {
	cat "$LAB_DIR"/node*.out.err | grep -oE 'active in view [0-9]+' | sort -u | wc -l
}

# From the first heartbeat of the first node to that of the last, in ms.
spread() {
	awk '$2 == "beat" && !seen[$3]++ { if (!first) first = $1; last = $1 }
		END { printf "%.0f", (last - first) / 1e6 }' "$LAB_DIR/events"
}

# try COUNT: daemons on the first COUNT nodes.
# shellcheck disable=SC2086 # lists of nodes
try() {
	local count=$1 begun started agreed died nodes
	nodes=$(names 1 "$count")
	LAB_NODES=$nodes lab_config multicast
	rm -f "$LAB_DIR"/node*.out.err
	oracle -e "$LAB_DIR/events"
	begun=$(now_ms)
	start $nodes
	started=$(now_ms)
	agree "$(ids 1 "$count")" $nodes
	agreed=$(now_ms)
	flows multicast 4 tcp 7001 500 -s "$count"
	flows multicast 6 tcp 7001 500 -s "$count"
	say "$count nodes: started within $((started - begun)) ms, one view $((agreed - started)) ms later: number $(epoch_of node1), $(views) in all"
	(($(epoch_of node1) <= 3))
	# The last one, with its cable.
	lab_on switch ip link set dev "node$count" down
	kill -KILL "${daemon[node$count]}"
	died=$(now_ms)
	agree "$(ids 1 $((count - 1)))" ${nodes% *}
	say "$count nodes: one died, the others in one view after $(($(now_ms) - died)) ms"
	flows multicast 4 tcp 7001 500 -s $((count + 10))
	oracle_end
	say "$count nodes: first heartbeats within $(spread) ms"
	seen '.twice == 0 and .foreign == 0'
	lab_on switch ip link set dev "node$count" up
	lab_until 10 lab_connected
}

@test "three nodes" { try 3; }
@test "four nodes" { try 4; }
@test "five nodes" { try 5; }
@test "six nodes" { try 6; }
@test "seven nodes" { try 7; }
@test "eight nodes" { try 8; }
