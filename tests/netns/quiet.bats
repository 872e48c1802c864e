#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the nodes say on the wire: never the cluster MAC as source, never a cluster IP with a node's
# own MAC, one answer to each request for a cluster IP; and the nodes reach each other.

load helper.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# Nobody knows any neighbour.
forget() {
	local machine
	for machine in $LAB_NODES client bystander; do
		lab_on "$machine" ip neigh flush all
	done
}

# fetch MACHINE ADDRESS: the name that answers.
fetch() {
	lab_on "$1" curl -s --max-time 5 "http://$2/"
}

# Each node fetches from each other one, by its dedicated addresses.
nodes_reach_nodes() {
	local from to
	for from in $LAB_NODES; do
		for to in $LAB_NODES; do
			[[ $from == "$to" ]] && continue
			[[ $(fetch "$from" "192.168.1.${to#node}") == "$to" ]] ||
				{ echo "$from does not reach $to, IPv4"; return 1; }
			[[ $(fetch "$from" "[fd00::${to#node}]") == "$to" ]] ||
				{ echo "$from does not reach $to, IPv6"; return 1; }
		done
	done
}

# The cluster is asked for by machines that do not know its MAC, again and again.
ask() {
	local round machine
	for ((round = 1; round <= 20; round++)); do
		for machine in client bystander; do
			lab_on "$machine" ip neigh flush all
			[[ $(fetch "$machine" "$LAB_IP4") == node[1-4] ]]
			[[ $(fetch "$machine" "[$LAB_IP6]") == node[1-4] ]]
		done
	done
}

reachable() {
	lab_on client ip neigh show "$1" | grep -q "$2 REACHABLE"
}

# A client verifies what it knows: it asks the cluster MAC itself.
verify() {
	local ip
	for ip in "$LAB_IP4" "$LAB_IP6"; do
		lab_on client ip neigh change "$ip" dev eth0 nud probe
		lab_until 5 reachable "$ip" "$(lab_cluster_mac "$1")" || {
			echo "$1: $ip does not answer who verifies its entry"
			lab_on client ip neigh show "$ip"
			return 1
		}
	done
}

check_mode() {
	local mode=$1
	begin "$mode"
	forget
	witness "$mode"
	ask
	verify "$mode"
	nodes_reach_nodes
	verify "$mode"
	requests 4 1000 1
	requests 6 1000 1
	flows "$mode" 4 udp 7001 1000
	flows "$mode" 6 udp 7001 1000
	witness_content
	say "$mode: $(jq -r '"\(.frames) frames, \(.requests) requests for a cluster IP, " +
		"\(.answered.one) with one answer"' "$LAB_DIR/seen")"
	seen '.requests >= 84'
	finish
}

@test "unicast: nothing wrong is sent, one answer to each request, nodes reach each other" {
	check_mode unicast
}

@test "multicast: nothing wrong is sent, one answer to each request, nodes reach each other" {
	check_mode multicast
}

@test "igmp: nothing wrong is sent, one answer to each request, nodes reach each other" {
	check_mode igmp
}
