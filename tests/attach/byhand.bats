#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What attach made is removed by hand, one thing at a time: status names it in its next answer,
# attach again repairs it, and detach ends clean with it and without it.

load helper.bash

setup() {
	make_node
	snapshot nothing
}

teardown() {
	lab_down
}

# mended_after WARNING COMMAND...: the command breaks it.
mended_after() {
	local warning=$1
	shift
	"$@"
	degraded "$warning"
	attach
	healthy
	"$@"
	xnlb detach
	unchanged nothing
	attach
}

@test "links detached, and their pins removed" {
	attach
	for hook in xdp:XDP tc_ingress:'tc ingress' tc_egress:'tc egress'; do
		mended_after "missing: ${hook#*:} program on eth0" \
			on bpftool link detach pinned "/sys/fs/bpf/xnlb/web/${hook%:*}"
		mended_after "missing: ${hook#*:} program on eth0" \
			on rm "/sys/fs/bpf/xnlb/web/${hook%:*}"
	done
}

@test "generic XDP comes back as generic" {
	attach --xdp generic
	on bpftool link detach pinned /sys/fs/bpf/xnlb/web/xdp
	attach --xdp generic
	healthy
	[[ $(xnlb status -j | jq -r .xdp) == generic ]]
}

@test "another hook is chosen when the old one is gone" {
	attach --xdp generic --tc clsact
	on bpftool link detach pinned /sys/fs/bpf/xnlb/web/xdp
	on tc filter del dev eth0 ingress
	on tc filter del dev eth0 egress
	attach --xdp native --tc tcx
	healthy
	[[ $(xnlb status -j | jq -r '.xdp + .tc') == nativetcx ]]
	xnlb detach
	unchanged nothing
}

@test "filters and qdisc of clsact" {
	attach() { xnlb attach -c "$LAB_DIR/web.yaml" --node node1 --tc clsact; }
	attach
	mended_after 'missing: tc ingress program on eth0' on tc filter del dev eth0 ingress
	mended_after 'missing: tc egress program on eth0' on tc filter del dev eth0 egress
	mended_after 'missing: clsact qdisc on eth0' on tc qdisc del dev eth0 clsact
}

@test "addresses, groups and filters" {
	configure igmp
	attach
	mended_after 'missing: address 192.168.1.100 on lo' on ip addr del 192.168.1.100/32 dev lo
	mended_after 'missing: address fd00::100 on lo' on ip addr del fd00::100/128 dev lo
	mended_after 'missing: group 239.255.1.100 on eth0' \
		on ip addr del 239.255.1.100/32 dev eth0
	mended_after 'missing: proxy neighbour fd00::100 on eth0' \
		on ip -6 neigh del proxy fd00::100 dev eth0
	mended_after 'missing: multicast filter 01:00:5e:7f:01:64 on eth0' \
		on ip maddr del 01:00:5e:7f:01:64 dev eth0
	xnlb detach
	configure unicast
	attach
	mended_after 'missing: unicast filter 02:bf:c0:a8:01:64 on eth0' \
		on bridge fdb del 02:bf:c0:a8:01:64 dev eth0 self
}

@test "sysctls" {
	local name
	attach
	for name in default/arp_ignore default/arp_announce eth0/arp_ignore eth0/arp_announce; do
		mended_after "missing: sysctl net/ipv4/conf/$name" \
			on sysctl -qw "net/ipv4/conf/$name=0"
	done
}

# left TEXT COMMAND...: somebody's change, which detach leaves, with a warning.
left() {
	local text=$1
	shift
	attach
	on "$@"
	xnlb detach 2>"$LAB_DIR/said"
	if ! grep -qF "xnlb: warning: $text: somebody changed it since" "$LAB_DIR/said"; then
		cat "$LAB_DIR/said"
		return 1
	fi
}

@test "what somebody changed since is left, with a warning" {
	left 'sysctl net/ipv4/conf/eth0/arp_ignore = 1' sysctl -qw net/ipv4/conf/eth0/arp_ignore=2
	[[ $(on sysctl -n net/ipv4/conf/eth0/arp_ignore) == 2 ]]
	on sysctl -qw net/ipv4/conf/eth0/arp_ignore=0
	left 'address 192.168.1.100 on lo' \
		bash -c 'ip addr del 192.168.1.100/32 dev lo; ip addr add 192.168.1.100/24 dev lo'
	on ip addr del 192.168.1.100/24 dev lo
	left 'address fd00::100 on lo' \
		bash -c 'ip addr del fd00::100/128 dev lo; ip addr add fd00::100/64 dev lo nodad'
	on ip addr del fd00::100/64 dev lo
	unchanged nothing
}

# not_mine: with this sysctl nobody on the node answers for the cluster IP, as it is on lo.
not_mine() { [[ $(answered 192.168.1.100) == "" ]]; }

@test "arp_ignore: which values refuse at least as much as 1 (the kernel's own answers)" {
	local value all
	on ip addr add 192.168.1.100/32 dev lo
	for value in 1 2 8; do
		on sysctl -qw "net/ipv4/conf/eth0/arp_ignore=$value"
		not_mine
	done
	on sysctl -qw net/ipv4/conf/eth0/arp_ignore=1
	for all in 3 4 7; do
		on sysctl -qw "net/ipv4/conf/all/arp_ignore=$all"
		[[ $(answered 192.168.1.100) == 52:54:00:00:01:01 ]]
	done
	attach
	degraded 'sysctl net/ipv4/conf/all/arp_ignore = 7 overrules that of eth0'
	on sysctl -qw net/ipv4/conf/all/arp_ignore=2 net/ipv4/conf/all/arp_announce=3
	degraded 'sysctl net/ipv4/conf/all/arp_announce = 3 overrules that of eth0'
	on sysctl -qw net/ipv4/conf/all/arp_announce=0
	healthy
}

@test "a stricter arp_ignore is kept" {
	local value
	for value in 2 8; do
		on sysctl -qw "net/ipv4/conf/eth0/arp_ignore=$value" "net/ipv4/conf/default/arp_ignore=$value"
		snapshot before
		attach
		healthy
		[[ $(on sysctl -n net/ipv4/conf/{eth0,default}/arp_ignore | xargs) == "$value $value" ]]
		attach
		run xnlb detach
		[[ $status == 0 && $output == "" ]]
		unchanged before
	done
}

@test "what was there before is there after" {
	configure igmp
	on ip addr add 192.168.1.100/32 dev lo
	on ip addr add 239.255.1.100/32 dev eth0 autojoin
	on ip maddr add 01:00:5e:7f:01:64 dev eth0
	on ip -6 neigh add proxy fd00::100 dev eth0
	on sysctl -qw net/ipv4/conf/eth0/arp_ignore=1 net/ipv4/conf/default/arp_announce=2
	snapshot before
	attach
	attach
	xnlb detach
	unchanged before
	configure unicast
	on bridge fdb add 02:bf:c0:a8:01:64 dev eth0 self permanent
	snapshot before
	attach
	xnlb detach
	unchanged before
}

@test "all pins of a kind are gone" {
	attach
	on rm /sys/fs/bpf/xnlb/web/rows
	refused 1 'instance web is not whole: an attach or detach ended in the middle' xnlb status
	attach
	healthy
	on rm /sys/fs/bpf/xnlb/web/cluster
	refused 1 'instance web is not whole' xnlb status
	xnlb detach
	unchanged nothing
}

sysctls_back() { on sysctl -qw net/ipv4/conf/{eth0,default}/arp_{ignore,announce}=0; }

@test "the undo journal is gone: detach takes back what it knows" {
	attach
	on rm /sys/fs/bpf/xnlb/web/journal
	degraded 'the undo journal is gone: detach and attach again'
	refused 1 'the undo journal of instance web is gone: detach first' attach
	run xnlb detach
	[[ $status == 0 && $output == *'warning: the undo journal of instance web is gone'* ]]
	[[ $output == *'the cluster IPs on lo'*' are removed; the sysctls'* && $output != *clsact* ]]
	sysctls_back
	unchanged nothing
}

@test "the undo journal is gone: a clsact qdisc may have been there before, and stays" {
	local owner
	on tc qdisc add dev eth0 clsact
	snapshot qdisc
	for owner in admin xnlb; do
		[[ $owner == admin ]] || on tc qdisc del dev eth0 clsact
		attach --tc clsact
		on rm /sys/fs/bpf/xnlb/web/journal
		run xnlb detach
		[[ $status == 0 && $output == *'default, and the clsact qdisc, are left as they are' ]]
		sysctls_back
		unchanged qdisc
	done
	# One that somebody removed is not said to be left.
	attach --tc clsact
	on rm /sys/fs/bpf/xnlb/web/journal
	on tc qdisc del dev eth0 clsact
	run xnlb detach
	[[ $status == 0 && $output == *'is gone'* && $output != *clsact* ]]
	sysctls_back
	unchanged nothing
}

@test "the whole folder is gone: attach begins anew" {
	attach
	on rm -r /sys/fs/bpf/xnlb
	refused 1 'nothing is attached' xnlb detach
	attach
	healthy
	decides 03:bf:c0:a8:01:64
}
