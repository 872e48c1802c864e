#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What veth cannot show: NICs with filters, drivers that refuse native XDP or reset their link for it, VLANs, a bond.
# One guest with several NICs at one switch, of which one at a time is up; node2 is a namespace.

load ../tests/netns/helper.bash
load ../tests/netns/daemons.bash
load ../tests/netns/oracle.bash
load helper.bash
load nic.bash

export AGREE_SECONDS=20

# The guest's NICs: node1 (eth0) and second are virtio with native XDP, plain is virtio without, vmx is vmxnet3.
setup_file() {
	make_folders
	export LAB_NODES=node1 VM_APPEND=vmtest.modules=vmxnet3,8021q,bonding
	lab_switch 0
	guest_tap second multi_queue
	guest_tap plain
	guest_tap vmx
	guest_node node1 \
		-netdev tap,id=net1,ifname=second,script=no,downscript=no,queues=2 \
		-device "virtio-net-pci,id=nic1,netdev=net1,romfile=,mac=52:54:00:00:01:11,$VM_NIC_NATIVE" \
		-netdev tap,id=net2,ifname=plain,script=no,downscript=no \
		-device virtio-net-pci,id=nic2,netdev=net2,romfile=,mac=52:54:00:00:01:12,ctrl_guest_offloads=off \
		-netdev tap,id=net3,ifname=vmx,script=no,downscript=no \
		-device vmxnet3,id=nic3,netdev=net3,romfile=,mac=52:54:00:00:01:13
	lab_client
	lab_node node2
	guest_dress node1
	guest_run node1 20 '
		for name in second:11 plain:12 vmx:13; do
			for nic in /sys/class/net/eth*; do
				[[ $(<$nic/address) != 52:54:00:00:01:${name#*:} ]] || ip link set "${nic##*/}" name "${name%:*}"
			done
		done'
	lab_serve
	lab_serve_node node2
}

teardown_file() {
	guest_lab_down
}

setup() {
	cluster_of node1
	uses eth0
}

teardown() {
	local nodes
	guest_monitor node1 '{"execute": "set_link", "arguments": {"name": "nic0", "up": true}}' >/dev/null || :
	guest_run node1 30 "
		$(sed 's/^/kill -KILL /' "$VM_DIR/node1.daemon" 2>/dev/null)
		$XNLB detach --instance lab
		ip link del bond0
		ip link del eth0.5
		ip link del vmx.5" >/dev/null 2>&1 || :
	rm -f "$VM_DIR/node1.daemon"
	lab_on node2 "$XNLB" detach --instance lab 2>/dev/null || :
	[[ -z ${TRAFFIC:-} ]] || kill "$TRAFFIC" 2>/dev/null || :
	for nodes in node1 vmx; do
		lab_on switch tc qdisc del dev "$nodes" clsact 2>/dev/null || :
	done
}

@test "the NIC's filter: programmed by attach and taken back by detach, in all modes" {
	local mode mac before
	for mode in unicast multicast igmp; do
		mac=$(lab_cluster_mac "$mode")
		configured "$mode" eth0
		before=$(filter)
		filter_lacks "$mac"
		keeps_out "$mode"
		attaches
		((status == 0))
		lab_until 5 filter_has "$mac"
		filter | jq -e '.promiscuous == false and .unicast == "normal" and .multicast == "normal"'
		[[ $(field node1 '[.xdp, .tc]') == "[\"native\",\"$(the_tc_hook)\"]" ]]
		good
		served "$mode"
		lets_in "$mode"
		lab_on node1 "$XNLB" detach --instance lab
		lab_until 5 filter_is "$before"
		keeps_out "$mode"
	done
	row "virtio-net: native, $(the_tc_hook); filter programmed and taken back in unicast, multicast, igmp"
}

@test "a filter that is not programmed: named, and attach again mends it" {
	local mode mac what
	for mode in unicast multicast; do
		mac=$(lab_cluster_mac "$mode")
		configured "$mode" eth0
		attaches
		lab_until 5 filter_has "$mac"
		if [[ $mode == unicast ]]; then
			lab_on node1 bridge fdb del "$mac" dev eth0 self
		else
			lab_on node1 ip maddr del "$mac" dev eth0
		fi
		lab_until 5 filter_lacks "$mac"
		what="$mode filter $mac on eth0"
		run lab_on node1 "$XNLB" status --instance lab
		((status == 5)) && [[ $output == *"Warning: missing: $what: the NIC drops what is sent to it; attach again"* ]]
		keeps_out "$mode"
		attaches
		((status == 0))
		lab_until 5 filter_has "$mac"
		good
		served "$mode"
		lab_on node1 "$XNLB" detach --instance lab
	done
}

@test "a driver that refuses native XDP: generic, and said" {
	generic plain
	row "virtio-net with offloads that it cannot switch: generic"
}

@test "vmxnet3: native XDP where its driver has that, else generic" {
	if at_least 6.6; then
		uses vmx
		configured multicast vmx
		attaches --xdp native
		((status == 0))
		good
		[[ $(field node1 .xdp) == '"native"' ]]
		served multicast
		row "vmxnet3: native, $(the_tc_hook)"
	else
		generic vmx
		row "vmxnet3: generic, $(the_tc_hook)"
	fi
}

@test "an 802.1Q device as the cluster's interface" {
	local mode before
	vlan eth0
	uses eth0.5
	trunk node1
	traces eth0.5 >"$LAB_DIR/traces"
	for mode in unicast multicast igmp; do
		before=$(filter)
		configured "$mode" eth0.5
		attaches
		((status == 0))
		good
		[[ $(field node1 '[.xdp, .tc]') == "[\"generic\",\"$(the_tc_hook)\"]" ]]
		lab_until 5 filter_has "$(lab_cluster_mac "$mode")"
		served "$mode"
		lab_on node1 "$XNLB" detach --instance lab
		lab_until 5 filter_is "$before"
		traces eth0.5 | diff "$LAB_DIR/traces" -
	done
	row "802.1Q on virtio-net: generic, $(the_tc_hook)"
}

@test "a bond: its active NIC fails, and the filter is at the other one" {
	local xdp mode mac
	guest_run node1 20 '
		ip link add bond0 type bond mode active-backup miimon 100
		for nic in eth0 second; do
			ip link set $nic down
			ip link set $nic master bond0
		done
		ip link set bond0 type bond active_slave eth0'
	uses bond0
	for mode in multicast unicast; do
		mac=$(lab_cluster_mac "$mode")
		configured "$mode" bond0
		attaches
		((status == 0))
		good
		xdp=$(field node1 .xdp)
		lab_until 5 filter_has "$mac"
		served "$mode"
		guest_monitor node1 '{"execute": "set_link", "arguments": {"name": "nic0", "up": false}}' >/dev/null
		lab_until 10 failed_over
		lab_until 5 filter_has "$mac" nic1
		good
		served "$mode"
		guest_monitor node1 '{"execute": "set_link", "arguments": {"name": "nic0", "up": true}}' >/dev/null
		lab_on node1 "$XNLB" detach --instance lab
		lab_until 5 filter_lacks "$mac" nic0
		lab_until 5 filter_lacks "$mac" nic1
		guest_run node1 20 'until ip link set bond0 type bond active_slave eth0; do sleep 0.1; done' 2>/dev/null
	done
	row "bond of two virtio-net: ${xdp//\"/}, $(the_tc_hook)"
}

@test "tags in the frame or beside it, by the NIC's rxvlan: the decisions are the same" {
	cluster_of node1 node2
	uses vmx
	configured multicast vmx
	alike untagged
	vlan vmx
	trunk vmx
	guest_run node1 20 '
		ip link set vmx.5 up
		ip neigh replace 192.168.1.200 lladdr '"$(lab_mac client)"' dev vmx.5 nud permanent
		ip route replace 192.168.1.200 dev vmx.5
		ip route replace 10.0.0.0/8 via 192.168.1.200 dev vmx.5'
	alike tagged
	# With native XDP a driver need not be able to.
	[[ $WAYS == "generic/on generic/off"* ]]
	row "vmxnet3, tagged and not: decisions alike with rxvlan: $WAYS"
}

@test "the link is lost and returns: the node takes no part without it, and listens before it accepts" {
	two_nodes
	start node1 node2
	agree 1,2 node1 node2
	watched
	link false
	lab_until 5 no_carrier
	agree 2 node2
	requests 4 300 1
	lab_until 10 states node1 listening
	stays 3 node1 listening
	link true
	agree 1,2 node1 node2
	requests 4 300 2
	never_twice "link lost"
}

@test "attach resets the link: the node listens when it is back, not before" {
	two_nodes
	start node2
	agree 2 node2
	watched
	link false
	lab_until 5 carrier 0
	start node1
	lab_until 10 says node1 'this node takes no part until that is mended'
	# Longer than it listens, and than it waits for others.
	stays 5 node1 listening
	members node2 2
	link true
	agree 1,2 node1 node2
	requests 4 300 3
	never_twice "link lost at attach"
}

# ports_named PORT NAME...: the oracle listens at a node's port by its name.
ports_named() {
	while (($#)); do
		lab_on switch ip link set dev "$1" down
		lab_on switch ip link set dev "$1" name "$2"
		lab_on switch ip link set dev "$2" up
		shift 2
	done
}

# active_after_link: from when the driver last had its link until the node was active (ms), all by the guest's clock.
active_after_link() {
	local up at took
	up=$(lab_on node1 dmesg --time-format iso | sed -n 's/ .*vmx: NIC Link is Up.*//p' | tail -n 1)
	read -r at took < <(field node1 '[.history[] | select(.took_ms)][0] | "\(.at) \(.took_ms)"' | tr -d '"')
	echo $(($(date -d "$at" +%s%3N) + took - $(date -d "$up" +%s%3N)))
}

@test "vmxnet3, whose driver resets it for native XDP, beside another node" {
	local before changes hook after
	uses vmx
	two_nodes
	sed -i 's/{id: 1, name: node1}/{id: 1, name: node1, interface: vmx}/' "$LAB_DIR/lab.yaml"
	lab_copy node1 "$LAB_DIR/lab.yaml"
	ports_named node1 eth0 vmx node1
	start node2
	agree 2 node2
	before=$(lab_on node1 cat /sys/class/net/vmx/carrier_changes)
	watched
	start node1
	agree 1,2 node1 node2
	requests 4 300 4
	never_twice "vmxnet3 attached"
	ports_named node1 vmx eth0 node1
	changes=$(($(lab_on node1 cat /sys/class/net/vmx/carrier_changes) - before))
	hook=$(field node1 .xdp | tr -d '"')
	row "vmxnet3: $hook attach beside another node: the carrier changed $changes times, no SYN taken twice"
	if [[ $hook == native ]]; then
		((changes > 0))
		after=$(active_after_link)
		row "vmxnet3: active $after ms after its link was back, W is 2000"
		((after >= 2000))
	else
		row "a driver that resets its link for native XDP: untested, this kernel has none here"
	fi
	(($(took node1 0) > 20))
}
