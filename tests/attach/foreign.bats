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

# told_command: the command in backquotes of what was said last.
told_command() { sed -n 's/.*`\([^`]*\)`.*/\1/p' <<<"$output"; }

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

@test "XDP, while ours was away" {
	attach
	on rm /sys/fs/bpf/xnlb/web/xdp
	on ip link set dev eth0 xdpdrv pinned /sys/fs/bpf/somebodys/somebodys_xdp
	degraded 'missing: XDP program on eth0'
	refused 1 'another XDP program is attached, "somebodys_xdp"' attach
	xnlb detach
	[[ $(xdp_program) == somebodys_xdp ]]
}

# A program that lets everything through and ends the chain must not keep packets from ours.
@test "tcx: stays, and does not keep packets from ours" {
	local hook before after
	for hook in ingress egress; do
		on "$LAB_TOOLS/hold" "tcx_$hook" eth0 /sys/fs/bpf/somebodys/somebodys_tc \
			"/sys/fs/bpf/somebodys/$hook"
	done
	snapshot before
	before=$(on bpftool link show pinned /sys/fs/bpf/somebodys/ingress)
	attach
	healthy
	# The ingress companion answers for the cluster IP, the default node's work.
	[[ $(answered 192.168.1.100) == 03:bf:c0:a8:01:64 ]]
	decides 03:bf:c0:a8:01:64
	attach
	healthy
	xnlb detach
	unchanged before
	after=$(on bpftool link show pinned /sys/fs/bpf/somebodys/ingress)
	[[ $before == "$after" ]]
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
	on tc qdisc add dev eth0 ingress
	refused 1 'cannot make clsact qdisc on eth0: another qdisc has its place' attach --tc clsact
	attach
	healthy
}
