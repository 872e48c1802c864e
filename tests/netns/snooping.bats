#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A switch with IGMP and MLD snooping and a querier. In mode igmp it delivers the cluster's frames
# to all nodes and to nobody else. What it does in the other modes is measured: docs/switches.md.

load helper.bash
load switch.bash

setup_file() {
	make_lab 1
	lab_until 30 snooping_works 4 || { echo "no IGMP snooping after 30 s"; return 1; }
	lab_until 30 snooping_works 6 || { echo "no MLD snooping after 30 s"; return 1; }
}

teardown_file() {
	lab_down
}

# snooping on|off
snooping() {
	local value=0
	[[ $1 == on ]] && value=1
	lab_on switch ip link set br0 type bridge mcast_snooping "$value" mcast_querier "$value"
}

# joined GROUP...: the switch knows every node as a member of the groups.
joined() {
	local group node members
	members=$(lab_on switch bridge mdb show dev br0)
	for group; do
		for node in $LAB_NODES; do
			grep -q "port $node grp $group " <<<"$members" || {
				echo "$node is no member of $group:"
				echo "$members"
				return 1
			}
		done
	done
}

# measure MODE: frames of 100 flows for each family, and where they go.
measure() {
	local mode=$1 family
	begin "$mode"
	witness "$mode"
	for family in 4 6; do
		flows "$mode" "$family" udp 7001 100 -t 100 >/dev/null 2>&1 || true
	done
	witness_end
}

# report SWITCH MODE: the table's line.
report() {
	say "snooping $1, $2: $(jq -r '.ports as $p | [("4", "6") as $f |
		"IPv\($f) of \($p.client["sent" + $f]) frames nodes got " +
		([$p.node1, $p.node2, $p.node3, $p.node4] | map(.["got" + $f] | tostring) | join(" ")) +
		", bystander \($p.bystander["got" + $f])"] | join("; ")' "$LAB_DIR/seen")"
}

@test "before attach, a snooping switch delivers frames to the igmp MAC to no node" {
	lab_config igmp
	witness igmp
	lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac igmp)" -d "$LAB_IP4" -p 7001 -u \
		-f "$LAB_RAW4" -n 10 -t 1 >/dev/null 2>&1 || true
	witness_sees '.ports.client.sent4 == 30'
	witness_end
	seen '[.ports[].got4] | add == 0'
}

@test "snooping on, unicast: works, and floods" {
	local family
	begin unicast
	witness unicast
	lab_on client ip neigh flush all
	for family in 4 6; do
		# IPv6 needs the group join of the nodes: without it no solicitation arrives.
		requests "$family" 200 1
		flows unicast "$family" udp 7001 100
	done
	joined ff02::1:ff00:100
	all_nodes_get_all
	witness_content
	report on unicast
	finish
}

@test "snooping on, multicast: measured" {
	measure multicast
	report on multicast
	finish
}

@test "snooping on, igmp: every frame reaches all nodes, none the bystander" {
	local family protocol
	begin igmp
	witness igmp
	lab_on client ip neigh flush all
	for family in 4 6; do
		requests "$family" 200 1
		for protocol in tcp udp; do
			flows igmp "$family" "$protocol" 7001 500
		done
	done
	joined 239.255.1.100 ff02::1:ff00:100
	all_nodes_get_all
	witness_content
	report on igmp
	seen '.ports.bystander.got4 == 0 and .ports.bystander.got6 == 0'
	finish
}

@test "snooping off: all modes work" {
	local mode family
	snooping off
	for mode in unicast multicast igmp; do
		begin "$mode"
		witness "$mode"
		for family in 4 6; do
			flows "$mode" "$family" udp 7001 100
			flows "$mode" "$family" tcp 7001 100
			requests "$family" 100 1
		done
		all_nodes_get_all
		witness_content
		report off "$mode"
		finish
	done
	snooping on
}
