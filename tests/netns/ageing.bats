#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What switches forget is repeated in time. Takes six minutes, so it is not part of all labs:
# make lab-test LABS=ageing

load helper.bash
load daemons.bash
load switch.bash

setup_file() {
	make_lab 1
	lab_until 30 snooping_works 4
	lab_until 30 snooping_works 6
}

teardown_file() {
	lab_down
}

# delivers WHEN: all nodes get every frame of the client, the bystander none, and requests are answered.
delivers() {
	local family
	witness igmp
	for family in 4 6; do
		requests "$family" 200 1
		flows igmp "$family" udp 7001 200
	done
	all_nodes_get_all
	witness_end
	seen '.ports.bystander.got4 == 0 and .ports.bystander.got6 == 0'
	say "$1: every frame reaches all nodes, none the bystander"
}

querier() {
	lab_on switch ip link set br0 type bridge mcast_querier "$1"
}

@test "igmp: still delivered after 300 s, and after the querier has gone and come back" {
	local until
	lab_config igmp
	start node1 node2 node3 node4
	agree 1,2,3,4 node1 node2 node3 node4
	delivers "at first"
	# It is the passing of time that is tried here.
	until=$((SECONDS + 310))
	while ((SECONDS < until)); do
		members node1 1,2,3,4
		sleep 5
	done
	delivers "after 310 s"
	querier 0
	sleep 20
	agree 1,2,3,4 node1 node2 node3 node4
	querier 1
	lab_until 60 snooping_works 4
	lab_until 60 snooping_works 6
	agree 1,2,3,4 node1 node2 node3 node4
	delivers "after the querier has come back"
}
