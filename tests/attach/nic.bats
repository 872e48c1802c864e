#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The life of the interface while it is attached.

load helper.bash

setup() {
	make_node
}

teardown() {
	lab_down
}

MAC=03:bf:c0:a8:01:64

@test "down and up: status names what the kernel flushed, attach again repairs" {
	local mode
	for mode in multicast unicast igmp; do
		configure "$mode"
		snapshot before
		attach
		on ip link set eth0 down
		degraded 'interface eth0 is down' 'eth0 has no dedicated IPv6 address' \
			'missing: proxy neighbour fd00::100 on eth0'
		on ip link set eth0 up
		degraded 'eth0 has no dedicated IPv6 address'
		on ip addr add fd00::1/64 dev eth0 nodad
		degraded 'missing: proxy neighbour fd00::100 on eth0'
		attach
		healthy
		decides "$(lab_cluster_mac "$mode")"
		xnlb detach
		unchanged before
	done
}

@test "down while detaching" {
	attach
	on ip link set eth0 down
	snapshot down
	xnlb detach
	on ip link set eth0 up
	on ip addr add fd00::1/64 dev eth0 nodad
	snapshot after
	# Nothing of ours, of which these are the traces.
	run grep -E '192\.168\.1\.100|fd00::100|03:bf|xnlb|arp_(ignore|announce):[12]' \
		"$LAB_DIR/after"
	[[ $output == "" ]]
}

@test "attached while down" {
	on ip link set eth0 down
	run attach
	[[ $status == 1 && $output == *'no dedicated IPv6'* ]] # the kernel flushed it
	configure multicast 192.168.1.100
	run attach
	[[ $status == 0 && $output == *'note: eth0 is down'* ]]
	degraded 'interface eth0 is down'
	on ip link set eth0 up
	healthy
	decides "$MAC"
}

@test "another MTU, with native XDP" {
	local mtu
	attach
	for mtu in 9000 1400 1500; do
		on ip link set eth0 mtu "$mtu"
		lab_on peer ip link set eth0 mtu "$mtu"
		healthy
		decides "$MAC"
	done
	[[ $(xnlb status -j | jq -r .xdp) == native ]]
	# Below 1280 the kernel switches IPv6 off there.
	on ip link set eth0 mtu 1200
	degraded 'missing: proxy neighbour fd00::100 on eth0'
	decides "$MAC"
	xnlb detach
}

@test "attached with a large MTU" {
	lab_on peer ip link set eth0 mtu 9000
	on ip link set eth0 mtu 9000
	attach --xdp native
	healthy
	decides "$MAC"
}

@test "another number of channels" {
	attach
	# With XDP, veth wants as many queues here as the peer sends from.
	lab_on peer ethtool -L eth0 tx 2
	on ethtool -L eth0 rx 2 tx 2
	healthy
	decides "$MAC"
	on ethtool -L eth0 rx 4 tx 4
	lab_on peer ethtool -L eth0 tx 4
	healthy
	decides "$MAC"
}

# A veth end with fewer queues than its peer has no native XDP: the fallback, and said.
@test "a driver that refuses native XDP" {
	on ethtool -L eth0 rx 1
	run attach
	[[ $status == 0 && $output == *'note: eth0: the driver has no native XDP for this set-up'* ]]
	healthy
	[[ $(xnlb status -j | jq -r .xdp) == generic ]]
	decides "$MAC"
	xnlb detach
	refused 1 'cannot attach XDP in native mode' attach --xdp native
}

@test "another MAC" {
	attach
	on ip link set eth0 address 52:54:00:00:01:77
	degraded 'the MAC of eth0 was 52:54:00:00:01:01 and is 52:54:00:00:01:77: attach again'
	attach
	healthy
	decides "$MAC"
}

@test "another name" {
	snapshot before
	attach
	on ip link set eth0 name lan0
	degraded 'interface eth0 is called lan0 now: change its name in the configuration'
	decides "$MAC"
	refused 1 'there is no interface eth0' attach
	INTERFACE=lan0 configure
	attach
	healthy
	decides "$MAC"
	xnlb detach
	on ip link set lan0 name eth0
	unchanged before
}

@test "another name, and detached under it" {
	snapshot before
	attach
	on ip link set eth0 name lan0
	xnlb detach
	on ip link set lan0 name eth0
	unchanged before
}

# silent: nobody tells the peer a MAC for a cluster IP.
silent() {
	[[ $(answered 192.168.1.100) == "" ]]
	[[ $(answered fd00::100) == "" ]]
}

@test "gone, back, attached again; never does its own MAC answer for a cluster IP" {
	local mode
	for mode in multicast igmp; do
		configure "$mode"
		attach
		[[ $(answered 192.168.1.100) == "$(lab_cluster_mac "$mode")" ]]
		[[ $(answered fd00::100) == "$(lab_cluster_mac "$mode")" ]]
		on ip link del eth0
		degraded 'interface eth0 is gone: when it is back, attach again'
		[[ $(grep -c ^Warning <<<"$output") == 1 ]] # which explains all the rest
		refused 1 'there is no interface eth0' attach
		plug numtxqueues 4
		degraded 'interface eth0 went and came back: attach again'
		silent
		attach
		healthy
		[[ $(answered 192.168.1.100) == "$(lab_cluster_mac "$mode")" ]]
		[[ $(answered fd00::100) == "$(lab_cluster_mac "$mode")" ]]
		decides "$(lab_cluster_mac "$mode")"
		xnlb detach
		# Also the new interface, which began with our conf.default, is as it would be without.
		for name in eth0/arp_ignore eth0/arp_announce default/arp_ignore default/arp_announce; do
			[[ $(on sysctl -n "net/ipv4/conf/$name") == 0 ]]
		done
	done
}

@test "gone for good: detach takes back the rest" {
	on ip link add name eth1 type veth peer name peer1
	on ip link del eth0
	snapshot without
	plug numtxqueues 4
	attach
	on ip link del eth0
	xnlb detach
	unchanged without
}

@test "gone, and another interface takes its place" {
	on ip link add name eth1 type veth peer name peer1
	on ip addr add 192.168.2.1/24 dev eth1
	on ip addr add fd02::1/64 dev eth1 nodad
	on ip link set eth1 up
	on ip link set peer1 up
	attach
	on ip link del eth0
	INTERFACE=eth1 configure
	attach
	xnlb status | grep -q 'on eth1'
	healthy
	xnlb detach
	run on bash -c 'grep . /proc/sys/net/ipv4/conf/*/arp_{ignore,announce} | grep -v :0'
	[[ $output == "" ]]
}

@test "the same index again, under another interface" {
	attach
	index=$(on cat /sys/class/net/eth0/ifindex)
	on ip link del eth0
	plug numtxqueues 4 index "$index"
	degraded 'missing: XDP program on eth0' 'missing: tc ingress program on eth0'
	attach
	healthy
	decides "$MAC"
	xnlb detach
}
