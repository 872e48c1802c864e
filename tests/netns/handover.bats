#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Connections stay with their node while nodes join, leave and restart: none is broken, and no node
# resets another's.

load helper.bash
load daemons.bash
declare -gA daemon # daemons.bash
load talks.bash
load chaos.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# at_rest NODE: none of its entries has the mark of a moving bucket.
at_rest() {
	! lab_on "$1" bpftool -j map dump pinned /sys/fs/bpf/xnlb/lab/owners |
		jq -e --argjson half "$(lab_on "$1" bpftool -j map dump pinned /sys/fs/bpf/xnlb/lab/live |
			jq '.[0].formatted.value[".data.live"][0].live.active')" \
			'(length / 2) as $plans | .[$half * $plans:][:$plans] | [.[].formatted.value.owner[] | select(. > 127)] | length > 0' >/dev/null
}

@test "a node joins, leaves and joins again: 400 connections go on" {
	start node1 node2 node3
	agree 1,2,3 node1 node2 node3
	begin_talks
	start node4
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node4 joined"
	requests 4 500 1
	kill -TERM "${daemon[node4]}"
	wait "${daemon[node4]}"
	agree 1,2,3 node1 node2 node3
	all_go_on "node4 left"
	start node4
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node4 joined again"
	end_talks
}

@test "a daemon is restarted, and one is killed and restarted: 400 connections go on" {
	all
	begin_talks
	kill -TERM "${daemon[node2]}"
	wait "${daemon[node2]}"
	start node2
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node2's daemon restarted"
	kill -KILL "${daemon[node3]}"
	wait "${daemon[node3]}" || true
	start node3
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node3's daemon killed and restarted"
	end_talks
}

@test "a daemon stands still, is left out, and goes on: 400 connections go on" {
	all
	begin_talks
	kill -STOP "${daemon[node4]}"
	agree 1,2,3 node1 node2 node3
	kill -CONT "${daemon[node4]}"
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node4's daemon stood still"
	end_talks
}

# What nobody said: node4 starts while node2 is silent, and has never heard it.
@test "a daemon is killed, and another restarted before it comes back: 400 connections go on" {
	all
	begin_talks
	kill -KILL "${daemon[node2]}"
	kill -TERM "${daemon[node4]}"
	wait "${daemon[node2]}" "${daemon[node4]}" || true
	start node4
	agree 1,3,4 node1 node3 node4
	start node2
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node4's daemon restarted, and then node2's"
	end_talks
}

@test "a daemon stands still while others take its buckets, and goes on: 400 connections go on" {
	local node
	all
	for node in $LAB_NODES; do
		lab_until 10 at_rest "$node"
	done
	kill -STOP "${daemon[node4]}"
	agree 1,2,3 node1 node2 node3
	begin_talks
	kill -CONT "${daemon[node4]}"
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node4's daemon went on"
	end_talks
}

@test "a partition heals: connections that the smaller side took go on" {
	local node
	all
	for node in $LAB_NODES; do
		lab_until 10 at_rest "$node"
	done
	chaos_switch
	for node in node1 node2 node3; do
		cut_way node4 "$node"
		cut_way "$node" node4
		cut_way client "$node"
	done
	agree 1,2,3 node1 node2 node3
	agree 4 node4
	begin_talks
	for node in node1 node2 node3; do
		mend_way node4 "$node"
		mend_way "$node" node4
	done
	agree 1,2,3,4 node1 node2 node3 node4
	# Earlier, before its first heartbeat, the others would take them for nobody's.
	for node in node1 node2 node3; do
		mend_way client "$node"
	done
	all_go_on "node4 came back"
	end_talks
}

@test "buckets come to rest when nobody holds connections of others any more, and not before" {
	start node1 node2 node3
	agree 1,2,3 node1 node2 node3
	lab_until 10 at_rest node1
	begin_talks
	start node4
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "node4 joined"
	run at_rest node4
	((status != 0))
	end_talks
	for node in node1 node2 node3 node4; do
		lab_until 10 at_rest "$node"
	done
	# Now who sends for a connection that is not there is told so.
	run lab_on client curl -s -m 2 http://192.168.1.100/
	((status == 0))
}
