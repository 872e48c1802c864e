#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Several instances on a machine, and several commands at a time.

load helper.bash

# Another interface, eth1, for a second instance.
second_interface() {
	on ip link add name eth1 type veth peer name eth1 netns "$(<"$LAB_DIR/peer.pid")"
	on ip link set eth1 up
	lab_on peer ip link set eth1 up
	lab_until 10 lab_on node grep -q 1 /sys/class/net/eth1/carrier
	on ip addr add 192.168.2.1/24 dev eth1
	on ip addr add fd02::1/64 dev eth1 nodad
}

setup() {
	make_node
	second_interface
	snapshot nothing
}

teardown() {
	lab_down
}

# two [MODE [IPS]]: into web.yaml the configuration of a second cluster, `two` on eth1.
two() { CLUSTER=two INTERFACE=eth1 configure "${1:-multicast}" "${2:-192.168.2.100}"; }

@test "two instances: one must be named, each goes on without the other" {
	attach
	two
	attach
	refused 1 'there are several instances (' xnlb status
	refused 1 'name one with --instance' xnlb detach
	refused 1 'name one with --instance' xnlb explain tcp 192.0.2.1:1 192.168.1.100:80
	healthy --instance web
	healthy --instance two
	xnlb detach --instance web
	healthy
	xnlb detach
	unchanged nothing
}

@test "conf.default is the last one's to restore" {
	local first second
	for first in web two; do
		second=$([[ $first == web ]] && echo two || echo web)
		configure
		attach
		two
		attach
		xnlb detach --instance "$first"
		healthy --instance "$second"
		[[ $(on sysctl -n net/ipv4/conf/default/arp_ignore) == 1 ]]
		xnlb detach --instance "$second"
		unchanged nothing
	done
}

@test "an interface that was made while another instance was attached" {
	on ip link del eth1
	snapshot without
	attach
	second_interface
	two
	attach
	xnlb detach --instance web
	xnlb detach --instance two
	run on bash -c 'grep . /proc/sys/net/ipv4/conf/*/arp_{ignore,announce} | grep -v :0'
	[[ $output == "" ]]
	on ip link del eth1
	unchanged without
}

@test "the IGMP group of another instance, and its cluster IPs" {
	configure igmp
	attach
	two igmp 192.168.2.100
	attach
	xnlb detach --instance two
	two igmp '"fd00::200", 10.0.1.100, 192.168.2.101'
	refused_at 4:22 'instance web on this machine has the group 239.255.1.100 too' attach
	two multicast '192.168.2.100, "fd00::100", 192.168.1.100'
	refused_at 4:25 'instance web on this machine has the cluster IP fd00::100 too' attach
	[[ $output == *'web.yaml:4:37: error: instance web on this machine has the cluster IP 192.168.1.100 too'* ]]
	# With all else that is wrong.
	on ip addr flush dev eth1 scope global
	two igmp '10.0.1.100'
	refused_at 4:9 'eth1 has no dedicated IPv4 address' attach
	[[ $output == *'web.yaml:4:9: error: instance web on this machine has the group'* ]]
	healthy
}

# elsewhere COMMAND...: in another network namespace, with the same pins.
elsewhere() { on unshare --net -- bash -c 'ip link set lo up
	ip link add name eth0 type veth peer name peer0
	ip link set eth0 up
	ip addr add 192.168.1.1/24 dev eth0
	ip addr add fd00::1/64 dev eth0 nodad
	"$@"' - "$@"; }

@test "in another network namespace the same groups and cluster IPs are fine" {
	configure igmp
	attach
	elsewhere "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1 --instance there
	run xnlb status --instance there
	[[ $status == 5 && $output == *'attached in another network namespace'* ]]
	healthy --instance web
}

@test "an instance of another network namespace is not touched from here" {
	elsewhere "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	refused 1 'instance web is attached in another network namespace: go there' attach
	refused 1 'instance web is attached in another network namespace: go there' xnlb detach
	# That namespace ended with its last process; the message says what to do then.
	run xnlb detach
	command=$(sed -n 's/.*: \(rm -r .*\)/\1/p' <<<"$output")
	# shellcheck disable=SC2086 # a command line
	on $command
	attach
	healthy
}

@test "an attach that was killed in another namespace is not undone here" {
	run elsewhere strace -f -o /dev/null -e trace=renameat2 \
		-e inject=renameat2:signal=KILL:when=1 "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	((status != 0))
	on ip addr add 192.168.1.100/32 dev lo
	refused 1 'instance web is attached in another network namespace' xnlb detach
	refused 1 'instance web is attached in another network namespace' attach
}

@test "one interface takes one instance" {
	attach
	configure multicast 192.168.1.101
	refused 1 'instance web is attached to eth0: an interface takes one instance' \
		attach --instance second
	healthy
}

# For lab_until: the process is waiting for the lock.
waits() { grep -q 'waiting for another xnlb command' "$LAB_DIR/$1.err"; }

@test "two attaches at the same time: one waits for the other" {
	local first second
	# The first is held up while it has the lock.
	lab_start node "$LAB_DIR/first" strace -f -o /dev/null -e trace=renameat2 \
		-e inject=renameat2:delay_enter=700000:when=1 \
		"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	first=$LAB_STARTED
	lab_until 10 on test -e /sys/fs/bpf/xnlb/web/new_rules
	configure unicast
	lab_start node "$LAB_DIR/second" "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	second=$LAB_STARTED
	lab_until 10 waits second
	wait "$first"
	wait "$second"
	healthy
	[[ $(xnlb status -j | jq -r .mode) == unicast ]]
	xnlb detach
	unchanged nothing
}

@test "an attach that waits for a detach, which removes the folder and its lock" {
	local first second
	attach
	lab_start node "$LAB_DIR/first" strace -f -o /dev/null -e trace=rmdir \
		-e inject=rmdir:delay_enter=700000:when=2 "$XNLB" detach
	first=$LAB_STARTED
	lab_until 10 on test ! -e /sys/fs/bpf/xnlb/web
	lab_start node "$LAB_DIR/second" "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	second=$LAB_STARTED
	lab_until 10 waits second
	wait "$first"
	wait "$second"
	healthy
}

@test "many commands at the same time: none fails but for a reason" {
	local i pids=() pid
	attach
	for i in {1..8}; do
		lab_start node "$LAB_DIR/attach$i" \
			"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
		pids+=("$LAB_STARTED")
		lab_start node "$LAB_DIR/status$i" "$XNLB" status
		pids+=("$LAB_STARTED")
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	healthy
	for i in {1..6}; do
		lab_start node "$LAB_DIR/attach$i" \
			"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
		pids+=("$LAB_STARTED")
		lab_start node "$LAB_DIR/detach$i" "$XNLB" detach
		wait "$LAB_STARTED" || grep -q 'nothing is attached' "$LAB_DIR/detach$i.err"
		wait "${pids[-1]}"
	done
	attach
	healthy
	xnlb detach
	unchanged nothing
}

# Dumps that a change interrupts must be read again, or addresses seem to be missing.
@test "addresses that come and go all the time" {
	local i churn
	for i in {1..250}; do
		echo "addr add 10.9.0.$i/32 dev lo"
		echo "addr add fd09::$i/128 dev lo nodad"
	done | on ip -batch -
	attach
	lab_start node "$LAB_DIR/churn" bash -c 'while :; do
		ip addr add 10.8.0.1/32 dev lo
		ip addr del 10.8.0.1/32 dev lo
	done'
	churn=$LAB_STARTED
	for i in {1..30}; do
		healthy
		attach
	done
	lab_stop "$churn" || true
}
