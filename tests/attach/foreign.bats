#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs, filters and qdiscs of somebody else at the same interface: not removed, not moved.

load helper.bash

setup() {
	make_node
	foreign
}

teardown() {
	lab_down
}

# refused_program NAME: attach leaves it alone, names it, and the command that it tells removes it.
refused_program() {
	local command
	refused 1 "another XDP program is attached, \"somebodys_xdp\"" attach
	[[ $(xdp_program) == somebodys_xdp ]]
	command=$(told_command)
	# shellcheck disable=SC2086 # a command line
	on $command
	[[ $(xdp_program) == "" ]]
	attach
	[[ $(xdp_program) == xnlb_xdp ]]
	healthy
}

@test "XDP, native, by netlink" {
	on ip link set dev eth0 xdpdrv pinned /sys/fs/bpf/somebodys/somebodys_xdp
	refused_program
}

@test "XDP, generic, by netlink" {
	on ip link set dev eth0 xdpgeneric pinned /sys/fs/bpf/somebodys/somebodys_xdp
	refused_program
}

@test "XDP, by a link" {
	on "$LAB_TOOLS/hold" xdp eth0 /sys/fs/bpf/somebodys/somebodys_xdp /sys/fs/bpf/somebodys/link
	refused_program
}

# shared: the configuration wants libxdp's dispatcher. (tests/attach/dispatcher.bats has what comes of it.)
shared() { sed -i 's/^  interface: .*/&\n  attach: dispatcher/' "$LAB_DIR/web.yaml"; }

# Of the object that libxdp makes its dispatchers from.
@test "XDP, and libxdp is not complete" {
	shared
	export LIBXDP_OBJECT_PATH=$BATS_TEST_TMPDIR
	refused 1 "cannot open libxdp's xdp-dispatcher.o: No such file or directory" attach
}

# It is the kernel that this test is about: one that refuses, or one that does not.
@test "XDP, where the kernel does not let a program replace a function" {
	local answer
	shared
	run attach
	answer=$output
	if ((status == 0)); then
		healthy
		xnlb detach
		skip "this kernel does"
	fi
	refused 1 "this kernel does not let a program replace a function of another (freplace: " attach
	[[ $answer == *"without \`attach: dispatcher'"* ]]
}

@test "XDP, while ours was away" {
	attach
	on rm /sys/fs/bpf/xnlb/web/xdp
	on ip link set dev eth0 xdpdrv pinned /sys/fs/bpf/somebodys/somebodys_xdp
	degraded 'missing: XDP program on eth0'
	refused 1 'another XDP program is attached, "somebodys_xdp"' attach
	xnlb detach
	[[ $(xdp_program) == somebodys_xdp ]]
}

# hold PROGRAM LINK [first]: somebody's program at both tcx hooks.
hold() {
	local hook
	for hook in ingress egress; do
		on "$LAB_TOOLS/hold" "tcx_$hook" eth0 "/sys/fs/bpf/somebodys/$1" \
			"/sys/fs/bpf/somebodys/$2_$hook" ${3+"$3"}
	done
}

# A frame that leaves with the cluster MAC as source.
LEAK=52540000010203bfc0a8016488b5$(printf '%092d' 0)

# ours_work: the XDP program and the ingress companion judge and answer, the egress one keeps the
# cluster MAC in.
ours_work() {
	local kept sent
	healthy
	[[ $(answered 192.168.1.100) == 03:bf:c0:a8:01:64 ]]
	decides 03:bf:c0:a8:01:64
	kept=$(counter egress-source)
	sent=$(on "$LAB_TOOLS/frames" send eth0 "$LEAK" 2>&1) || true
	[[ $sent == "frames: send: No buffer space available" ]]
	(($(counter egress-source) == kept + 1))
}

# counted: packets that somebody's counting program has seen.
counted() {
	local map
	map=$(on bpftool -j prog show pinned /sys/fs/bpf/somebodys/somebodys_count | jq '.map_ids[0]')
	on bpftool -j map dump id "$map" | jq '.[0].formatted.value | .. | numbers'
}

counts_more() { (($(counted) > $1)); }

# A program that lets everything through and ends the chain must not keep packets from ours.
@test "tcx: who was there before stays, and does not keep packets from ours" {
	lab_has_tcx || skip "this kernel has no tcx"
	local before after
	hold somebodys_tc link
	snapshot before
	before=$(on bpftool link show pinned /sys/fs/bpf/somebodys/link_ingress)
	attach
	ours_work
	attach
	ours_work
	xnlb detach
	unchanged before
	after=$(on bpftool link show pinned /sys/fs/bpf/somebodys/link_ingress)
	[[ $before == "$after" ]]
}

# In front of ours it may look at packets; behind ours it may end the chain.
@test "tcx: who comes later sees what ours leaves, and does not keep packets from ours" {
	lab_has_tcx || skip "this kernel has no tcx"
	local place seen
	for place in last first; do
		attach
		if [[ $place == first ]]; then
			hold somebodys_count link first
		else
			hold somebodys_count link
			hold somebodys_tc other
		fi
		ours_work
		seen=$(counted)
		lab_on peer "$LAB_TOOLS/frames" send eth0 "${LEAK/03bfc0a80164/525400000102}"
		lab_until 5 counts_more "$seen"
		xnlb detach
		on rm -r /sys/fs/bpf/somebodys
		foreign
	done
}

@test "clsact: filters and qdisc of somebody else stay" {
	local hook=(--tc clsact)
	on tc qdisc add dev eth0 clsact
	on tc filter add dev eth0 ingress pref 9000 bpf da pinned /sys/fs/bpf/somebodys/somebodys_tc
	on tc filter add dev eth0 egress pref 9000 bpf da pinned /sys/fs/bpf/somebodys/somebodys_tc
	snapshot before
	attach "${hook[@]}"
	healthy
	decides 03:bf:c0:a8:01:64
	attach "${hook[@]}"
	healthy
	xnlb detach
	unchanged before
}

@test "clsact: an empty qdisc of somebody else stays" {
	on tc qdisc add dev eth0 clsact
	snapshot before
	attach --tc clsact
	xnlb detach
	unchanged before
}

@test "clsact: our qdisc stays if somebody else uses it by now" {
	attach --tc clsact
	on tc filter add dev eth0 ingress pref 9000 bpf da pinned /sys/fs/bpf/somebodys/somebodys_tc
	run xnlb detach
	[[ $status == 0 && $output == *'warning: clsact qdisc on eth0: somebody changed it since'* ]]
	on tc filter show dev eth0 ingress | grep -q somebodys_tc
	run on tc filter show dev eth0 ingress pref 8860
	[[ $output == "" ]]
}

@test "clsact: our place in the qdisc is somebody's" {
	lab_has_tcx || skip "this kernel has no tcx to evade to"
	on tc qdisc add dev eth0 clsact
	on tc filter add dev eth0 ingress pref 8860 handle 1 bpf da \
		pinned /sys/fs/bpf/somebodys/somebodys_tc
	refused 1 '`tc filter del dev eth0 ingress pref 8860`' attach --tc clsact
	on tc filter show dev eth0 ingress | grep -q somebodys_tc
	attach
	healthy
}

@test "clsact: somebody put a filter in the place of ours" {
	attach --tc clsact
	on tc filter replace dev eth0 ingress pref 8860 handle 1 bpf da \
		pinned /sys/fs/bpf/somebodys/somebodys_tc
	degraded 'missing: tc ingress program on eth0'
	refused 1 'tc filter del dev eth0 ingress pref 8860' attach --tc clsact
	run xnlb detach
	[[ $status == 0 && $output == *'warning: tc ingress program on eth0: somebody changed it'* ]]
	on tc filter show dev eth0 ingress | grep -q somebodys_tc
}

@test "clsact: the qdisc ingress has its place" {
	lab_has_tcx || skip "this kernel has no tcx to evade to"
	on tc qdisc add dev eth0 ingress
	refused 1 'cannot make clsact qdisc on eth0: another qdisc has its place' attach --tc clsact
	attach
	healthy
}
