# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Real daemons on the nodes of a lab, for each test anew.

# Process ids, by node.
declare -gA daemon=()

setup() {
	lab_config multicast
	daemon=()
}

teardown() {
	local node
	for node in "${!daemon[@]}"; do
		kill -KILL "${daemon[$node]}" 2>/dev/null || true
		wait "${daemon[$node]}" 2>/dev/null || true
	done
	daemon=()
	lab_detach 2>/dev/null || true
}

# start NODE...: their daemons.
start() {
	local node
	for node; do
		lab_start "$node" "$LAB_DIR/$node.out" "$XNLB" run -c "$LAB_DIR/lab.yaml" --node "$node"
		daemon[$node]=$LAB_STARTED
	done
}

# stop NODE: its daemon is asked to end, and has.
stop() {
	kill -TERM "${daemon[$1]}"
	wait "${daemon[$1]}"
}

# ticks NODE: of CPU time that its daemon has used.
ticks() {
	awk '{ print $14 + $15 }' "/proc/${daemon[$1]}/stat"
}

# members NODE "ID,ID": has it converged with exactly these?
members() {
	[[ $(lab_on "$1" "$XNLB" status -j --instance lab 2>/dev/null |
		jq -r 'if .convergence.state == "converged" then (.convergence.members | join(",")) else "" end') == "$2" ]]
}

# agree "ID,ID" NODE...: all of them converge with exactly these members, within AGREE_SECONDS (5).
agree() {
	local node ids=$1
	shift
	for node; do
		lab_until "${AGREE_SECONDS:-5}" members "$node" "$ids" || {
			lab_on "$node" "$XNLB" status --instance lab || true
			lab_on "$node" cat "$LAB_DIR/$node.out.err"
			return 1
		}
	done
}

all() {
	start node1 node2 node3 node4
	agree 1,2,3,4 node1 node2 node3 node4
}

# reason NODE NAME: its counter.
reason() {
	lab_on "$1" "$XNLB" status -j --instance lab | jq ".counters[\"$2\"]"
}

idle() {
	[[ $(lab_on "$1" "$XNLB" status -j --instance lab | jq -r .convergence.state) == idle ]]
}

# says NODE TEXT: its daemon has said so.
says() {
	lab_on "$1" grep -qF "$2" "$LAB_DIR/$1.out.err"
}

# field NODE FILTER: of its status, by jq.
field() {
	lab_on "$1" "$XNLB" status -j --instance lab | jq -c "$2"
}

# The epoch of a node's view.
epoch() {
	field "$1" .convergence.epoch
}
