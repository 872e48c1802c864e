#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Something is taken away from a node whose daemon runs: it says so within a second, takes no part,
# the others are unharmed; SIGHUP puts it back.

load helper.bash
load daemons.bash
declare -gA daemon # daemons.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# warned WARNING: does status of node2 say so, and exit with 5?
warned() {
	local code=0
	lab_on node2 "$XNLB" status --instance lab >"$LAB_DIR/status" || code=$?
	((code == 5)) && grep -qF "Warning: $1" "$LAB_DIR/status"
}

# away WARNING COMMAND...: taken from node2 by the command, it is named, and the others go on.
away() {
	local warning=$1 begin end
	shift
	all
	begin=$(date +%s%N)
	lab_on node2 "$@"
	lab_until 2 says node2 "warning: $warning"
	end=$(date +%s%N)
	say "$warning: told after $(((end - begin) / 1000000)) ms"
	((end - begin < 1000000000))
	warned "$warning"
	says node2 'this node takes no part until that is mended'
	agree 1,3,4 node1 node3 node4
	requests 4 500 1
	requests 6 500 2
}

# back WARNING: SIGHUP attaches again, and it serves as before.
back() {
	kill -HUP "${daemon[node2]}"
	lab_until 3 says node2 "no longer: $1"
	agree 1,2,3,4 node1 node2 node3 node4
	lab_on node2 "$XNLB" status --instance lab >/dev/null
	requests 4 500 3
}

@test "the XDP program" {
	local what='missing: XDP program on eth0'
	away "$what" bpftool link detach pinned /sys/fs/bpf/xnlb/lab/xdp
	back "$what"
}

@test "the tc program of what comes in" {
	local what='missing: tc ingress program on eth0'
	away "$what" bpftool link detach pinned /sys/fs/bpf/xnlb/lab/tc_ingress
	back "$what"
}

@test "the cluster IP" {
	local what='missing: address 192.168.1.100 on lo'
	away "$what" ip addr del 192.168.1.100/32 dev lo
	back "$what"
}

@test "the NIC's filter" {
	local what="missing: multicast filter 03:bf:c0:a8:01:64 on eth0"
	away "$what" ip maddr del 03:bf:c0:a8:01:64 dev eth0
	back "$what"
}

@test "the link: it is back by itself" {
	away 'interface eth0 is down' ip link set eth0 down
	lab_on node2 ip link set eth0 up
	# What the kernel forgets of an interface that is down, but for what is xnlb's.
	lab_on node2 ip addr replace fd00::2/64 dev eth0 nodad
	lab_on node2 ip route replace 10.0.0.0/8 via 192.168.1.200
	lab_on node2 ip route replace fd01::/32 via fd00::200
	lab_until 3 says node2 'no longer: interface eth0 is down'
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 3
}

@test "the NIC: unplugged, and another one comes in its place, which it takes by itself" {
	away 'interface eth0 is gone' ip link del eth0
	lab_cable node2
	# Without addresses it cannot be attached to, which is told; then it is tried again.
	lab_until 3 says node2 'eth0 has no dedicated IPv4 address'
	witness multicast
	lab_address node2 2
	lab_routes node2
	lab_until 10 says node2 'no longer: interface eth0 went and came back'
	says node2 'eth0 is another interface by now: attaching to it'
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 3
	requests 6 500 4
	witness_content
}

NO_CARRIER='interface eth0 has no carrier: look at its cable, or its port'

# listens NODE: it is in no view.
listens() {
	[[ $(field "$1" .membership.state) == '"listening"' ]]
}

# stays SECONDS COMMAND...: it succeeds, as often as it is called.
stays() {
	local end=$((SECONDS + $1))
	shift
	while ((SECONDS <= end)); do
		"$@" || return 1
	done
}

@test "the carrier: without it the node serves no more, not even alone, and listens when it is back" {
	all
	lab_on switch ip link set node2 down
	lab_until 2 says node2 "warning: $NO_CARRIER"
	warned "$NO_CARRIER"
	agree 1,3,4 node1 node3 node4
	requests 4 500 1
	lab_until 5 listens node2
	# Longer than it listens, and than it waits for others.
	stays 3 listens node2
	lab_on switch ip link set node2 up
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 2
}

# blink: the link goes for less than it takes to look twice, and the kernel forgets.
blink() {
	lab_on switch ip link set node2 down
	lab_until 2 forgotten
	lab_on switch ip link set node2 up
}

forgotten() {
	[[ -z $(lab_on node2 ip neigh show proxy) ]]
}

@test "the carrier goes for a moment: what the kernel forgets then is back by itself" {
	all
	blink
	lab_until 5 says node2 'eth0 is up again: attaching again'
	agree 1,2,3,4 node1 node2 node3 node4
	lab_until 5 lab_on node2 "$XNLB" status --instance lab
	requests 4 500 1
}

# As when to attach has reset the link.
@test "started without a carrier: it listens when that is there" {
	start node1 node3 node4
	agree 1,3,4 node1 node3 node4
	lab_on switch ip link set node2 down
	start node2
	lab_until 2 says node2 'this node takes no part until that is mended'
	lab_until 2 listens node2
	stays 3 listens node2
	lab_on switch ip link set node2 up
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 1
}

@test "the egress guard: told, and service goes on" {
	local what='missing: tc egress program on eth0'
	all
	lab_on node2 bpftool link detach pinned /sys/fs/bpf/xnlb/lab/tc_egress
	lab_until 2 says node2 "warning: $what"
	warned "$what"
	[[ $(<"$LAB_DIR/node2.out.err") != *'this node takes no part'* ]]
	members node1 1,2,3,4
	kill -HUP "${daemon[node2]}"
	lab_until 3 says node2 "no longer: $what"
	agree 1,2,3,4 node1 node2 node3 node4
}
