#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The same flows, received through a veth pair in a guest that counts instructions: what do they cost where xnlb picks
# one of four nodes' share, and where its peers do? docs/performance.md has the table.

load ../tests/netns/helper.bash
load helper.bash
load counting.bash

setup_file() {
	make_folders
	export LAB_NODES="node1 node2 node3 node4" VM_APPEND=vmtest.modules=veth,ifb
	counting_guests
	lab_config multicast
	# The link of bench/lab.sh, without IPv6.
	sed -i 's/eth0/nic/; s/, "fd00::100"//' "$LAB_DIR/lab.yaml"
	boot
}

teardown_file() {
	guests_down
}

boot() {
	guest_boot node1
	guest_ready node1
	lab_copy node1 "$LAB_DIR"
}

# through NAME [COMMANDS [COMMANDS [MODE]]]: sends the flows, with what the first set up and the second take away, in
# network namespaces of their own: no connection is tracked there before. The result goes to $COSTS/NAME.
through() {
	mkdir -p "$COSTS"
	guest_run node1 60 "unshare --net bench/lab.sh bash -euc '
		ip addr add 192.168.1.1/24 dev nic
		ip route add 10.0.0.0/8 dev nic
		${2:-}
		$LAB_TOOLS/path_cost ${4:-}
		${3:-}'" >"$COSTS/$1"
	sed "s/^/$1: /" "$COSTS/$1"
}

# through_xnlb MODE: as it is attached for good, which puts the cluster IP on lo itself.
through_xnlb() {
	through "$1" "ip addr del 192.168.1.100/32 dev lo
		$XNLB attach -c $LAB_DIR/lab.yaml --node node1 --xdp $1 >&2" \
		"$XNLB detach --instance lab >&2"
}

# All of them, the last two by the rules that Pacemaker and their manual pages set up.
through_all() {
	through nobody
	through bare-native '' '' native
	through bare-generic '' '' generic
	through_xnlb native
	through_xnlb generic
	through xt_cluster '
		iptables -t mangle -A PREROUTING -i nic -m cluster --cluster-total-nodes 4 --cluster-local-node 1 \
			--cluster-hash-seed 0xdeadbeef -j MARK --set-mark 0xffff
		iptables -t mangle -A PREROUTING -i nic -m mark ! --mark 0xffff -j DROP'
	if has_clusterip; then
		through CLUSTERIP '
			iptables -A INPUT -d 192.168.1.100 -i nic -j CLUSTERIP --new --hashmode sourceip-sourceport \
				--clustermac 03:bf:c0:a8:01:64 --total-nodes 4 --local-node 1'
	fi
}

# Gone in later kernels.
has_clusterip() {
	guest_run node1 10 'modprobe -qn ipt_CLUSTERIP'
}

# cost NAME CLASS: the median; frames NAME CLASS: how many there were.
cost() { awk -v class="$2" '$1 == class { print $4 }' "$COSTS/$1"; }
frames() { awk -v class="$2" '$1 == class { print $2 }' "$COSTS/$1"; }

@test "each of them takes a node's share of the flows" {
	local COSTS=$LAB_DIR/once name list
	through_all
	list=$(ls "$COSTS")
	has_clusterip || row "ipt_CLUSTERIP: this kernel has none"
	if ! at_least 6.2; then [[ $list == *CLUSTERIP* ]]; fi
	(($(frames nobody accepted) == 1024 && $(frames bare-native dropped) == 3 * 1024))
	row "instructions a packet: dropped, accepted (first of a flow), accepted (following); $(grep sender "$COSTS/nobody")"
	for name in $list; do
		row "$(printf '%-14s %6s %6s %6s' "$name" "$(cost "$name" dropped)" "$(cost "$name" accepted)" \
			"$(cost "$name" following)")"
		[[ $name == nobody || $name == bare-* ]] || (($(frames "$name" accepted) > 200 && $(frames "$name" accepted) < 320))
	done
}

# The decision alone, whatever the way to it.
@test "xnlb needs as many above a program that drops all as in a test run" {
	local COSTS=$LAB_DIR/once mode
	for mode in native generic; do
		within instructions-drop $(($(cost "$mode" dropped) - $(cost "bare-$mode" dropped)))
	done
}

# Not to the last one, as the kernel's allocators are in another state: 0.5 %.
@test "the same numbers after another boot" {
	local COSTS=$LAB_DIR/again file
	guest_kill node1
	boot
	through_all
	for file in "$COSTS"/*; do
		paste "$LAB_DIR/once/${file##*/}" "$file"
	done >"$LAB_DIR/both"
	cat "$LAB_DIR/both"
	[[ -s $LAB_DIR/both ]]
	awk '$1 != "sender" { apart = $4 - $9 } $1 == "sender" { apart = $3 - $6 }
		{ if (apart < 0) apart = -apart; if (apart > $3 / 200) exit 1 }' "$LAB_DIR/both"
}
