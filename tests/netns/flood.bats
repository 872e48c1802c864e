#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A flood at one node, from the machine `bystander` through the switch, as fast as one CPU makes it: of SYNs of random
# clients, of forged heartbeats of a node that is alive, of both. Nobody is excluded, no lease lapses, connections go on, and
# a node that dies is found.
#
# The flood and what it makes the node do is on the first CPU, everything else on the second, if there is one: what is tried
# is the node, not the machine that all nodes of a lab share.

load helper.bash
load daemons.bash
load talks.bash
load oracle.bash

RATE=2000
load takeover.bash

SECONDS_OF_FLOOD=${SECONDS_OF_FLOOD:-5}

setup_file() {
	(($(nproc) < 2)) || taskset -pc 1 $$ >/dev/null
	make_lab
	# The bystander hears what all hear; what it sends goes to node1 alone.
	lab_on switch nft add table netdev flood
	lab_on switch nft add chain netdev flood from '{ type filter hook ingress device bystander priority 0; }'
	lab_on switch nft add rule netdev flood from fwd to node1
}

teardown_file() {
	lab_down
}

# flood PERCENT_OF_HEARTBEATS SECONDS
flood() {
	lab_start bystander "$LAB_DIR/flood" taskset -c 0 "$LAB_TOOLS/flood" -m "$(lab_cluster_mac multicast)" \
		-d "$LAB_IP4" -f 10.64.0.0/10 -p 7002 -n 3 -s "$1" -t "$2"
	FLOOD=$LAB_STARTED
	lab_until 10 grep -q flooding "$LAB_DIR/flood" || {
		cat "$LAB_DIR/flood.err"
		return 1
	}
}

# flood_end: waits for it.
flood_end() {
	wait "$FLOOD" || { cat "$LAB_DIR/flood.err"; return 1; }
}

# flooded: how much.
flooded() {
	awk 'END { printf "%d frames a second, %d SYNs and %d heartbeats in %s s", $4, $2, $3, $1 }' "$LAB_DIR/flood"
}

# epochs: the views of all nodes.
epochs() {
	local node
	for node in $LAB_NODES; do
		lab_on "$node" "$XNLB" status -j --instance lab | jq .convergence.epoch
	done | paste -sd ' '
}

# lapses: SYNs that nodes dropped because they had no lease. Requests without end tell each lapse.
lapses() {
	local node
	for node in $LAB_NODES; do
		reason "$node" no-lease
	done | paste -sd ' '
}

# try PERCENT_OF_HEARTBEATS
try() {
	local epochs lapses tags
	all
	talk
	told mark
	awk '{ print "node" }' "$LAB_DIR/mark" >"$LAB_DIR/owners"
	epochs=$(epochs) lapses=$(lapses) tags=$(reason node1 heartbeat-tag)
	flood "$1" "$SECONDS_OF_FLOOD"
	requests 4 $((SECONDS_OF_FLOOD * 200 - 200)) 1 -r 200
	flood_end
	say "$(flooded); node1 refused $(($(reason node1 heartbeat-tag) - tags)) for their tag"
	lab_until 20 went_on '.*' || true # all_open says which
	all_open
	[[ $(epochs) == "$epochs" ]] || { echo "views: $(epochs), before $epochs"; return 1; }
	[[ $(lapses) == "$lapses" ]] || { echo "no lease: $(lapses), before $lapses"; return 1; }
	lab_stop "${TALKS[4]}" || true
	lab_stop "${TALKS[6]}" || true
}

@test "SYNs of random clients" {
	try 0
}

@test "forged heartbeats" {
	try 100
}

@test "both" {
	try 50
}

# try_crash PERCENT_OF_HEARTBEATS: node3 dies in the middle of it.
try_crash() {
	local heard crashed pause
	list_flows
	all
	oracle -p 7001 -e "$LAB_DIR/events"
	client_flows "$RATE"
	flood "$1" 4
	# It is to be under way for a while.
	sleep 1
	crash node3
	sleep 1.5
	lab_stop "$LAB_CLIENT" || true
	flood_end
	oracle_end
	lab_on switch ip link set dev node3 up
	lab_until 10 lab_connected
	seen '.twice == 0'
	[[ $(judge node3) != open ]]
	read -r heard crashed pause _ < <(judge node3)
	say "$(flooded); node3's share is taken over $heard ms after it was heard last, $crashed ms after it died;" \
		"the others took nothing for $pause ms at most"
	awk -v heard="$heard" 'BEGIN { exit heard > 1000 }'
}

@test "a node dies in a flood of SYNs" {
	try_crash 0
}

@test "a node dies in a flood of forged heartbeats" {
	try_crash 100
}
