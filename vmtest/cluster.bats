#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Four guests, a daemon on each, and the oracle at the switch: each SYN is taken by at most one node, whatever becomes
# of a guest.

load ../tests/netns/helper.bash
load ../tests/netns/daemons.bash
load ../tests/netns/oracle.bash
load helper.bash

# An emulated CPU for eight threads: the default of 50 ms would test this machine.
INTERVAL=200ms
export AGREE_SECONDS=20

setup_file() {
	make_folders
	guest_lab
	lab_serve
	lab_config multicast
	echo "heartbeat: {interval: $INTERVAL}" >>"$LAB_DIR/lab.yaml"
	for node in $LAB_NODES; do
		lab_copy "$node" "$LAB_DIR/lab.yaml"
	done
	start node1 node2 node3 node4
}

teardown_file() {
	guest_lab_down
}

setup() {
	agree 1,2,3,4 node1 node2 node3 node4
	oracle -n 4 -e "$LAB_DIR/events"
}

teardown() {
	[[ -z ${ORACLE:-} ]] || kill "$ORACLE" 2>/dev/null || true
}

# judged: the oracle is content.
judged() {
	oracle_end
	say "$1: $(oracle_says)"
	seen '.twice == 0 and .foreign == 0 and .stray == 0'
}

traffic_over() {
	lab_stop "$TRAFFIC" || true
}

@test "the demo's traffic: all is answered, by all nodes, native XDP on each" {
	for node in $LAB_NODES; do
		[[ $(field "$node" '[.xdp, .tc]') == "[\"native\",\"$(the_tc_hook)\"]" ]]
	done
	requests 4 1000 1 | tee "$LAB_DIR/answers"
	requests 6 1000 2
	for node in $LAB_NODES; do
		(($(awk -v node="$node" '$1 == node { print $2 }' "$LAB_DIR/answers") > 150))
	done
	flows multicast 4 tcp 7001 2000 -s 3
	flows_explained node2
	judged "the demo's traffic"
	seen '.taken >= 4000 and .nobody == 0'
}

# back NODE: a guest that has ended starts anew, as a machine that boots.
back() {
	lab_on switch ip link del "$1"
	guest_node "$1"
	guest_dress "$1"
	lab_serve_node "$1"
	lab_copy "$1" "$LAB_DIR/lab.yaml" "$LAB_DIR/lab.key"
	start "$1"
	agree 1,2,3,4 node1 node2 node3 node4
}

@test "a guest is killed: the others take over, and it comes back" {
	traffic 40
	guest_kill node2
	agree 1,3,4 node1 node3 node4
	requests 4 300 3
	back node2
	requests 4 300 4
	traffic_over
	judged "killed"
}

@test "a kernel panics: the others take over, and it comes back" {
	local status=0
	traffic 40
	guest_run node3 5 'echo c >/proc/sysrq-trigger' 2>"$LAB_DIR/panic" || status=$?
	((status == VM_BROKEN))
	grep -q "kernel $VM_KERNEL.*guest node3: ended during: .*Kernel panic - not syncing: sysrq triggered crash" "$LAB_DIR/panic"
	agree 1,2,4 node1 node2 node4
	requests 4 300 5
	back node3
	requests 4 300 6
	traffic_over
	judged "panic"
}

# uptime_ms NODE: its CLOCK_BOOTTIME, which leases go by.
uptime_ms() {
	lab_on "$1" awk '{ print int($1 * 1000) }' /proc/uptime
}

# stands_still HOW ON OFF: node4 stands still for five seconds and more, and goes on; how far its clock went then is in
# CLOCK, and for how long it stood still in STILL (ms).
stands_still() {
	local begun before
	before=$(uptime_ms node4) begun=${EPOCHREALTIME/./}
	"$1"
	agree 1,2,3 node1 node2 node3
	requests 4 500 7
	lab_until 10 stood "$begun"
	"$2"
	CLOCK=$(($(uptime_ms node4) - before)) STILL=$(((${EPOCHREALTIME/./} - begun) / 1000))
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 8
}

stood() {
	((${EPOCHREALTIME/./} - $1 > 5000000))
}

stop_machine() { guest_monitor node4 '{"execute": "stop"}' >/dev/null; }
continue_machine() { guest_monitor node4 '{"execute": "cont"}' >/dev/null; }
stop_emulator() { guest_signal STOP node4; }
continue_emulator() { guest_signal CONT node4; }

@test "a guest is paused, and its clock goes on: it accepts nothing afterwards that others have" {
	traffic 40
	stands_still stop_emulator continue_emulator
	traffic_over
	((CLOCK > STILL - 500))
	judged "paused for $STILL ms, in which its clock went $CLOCK ms"
	row "paused, clock running: SYNs taken by two nodes: $(jq .twice "$LAB_DIR/seen") of $(jq .syns "$LAB_DIR/seen")"
}

@test "a guest is paused, and its clock stands still: what its NIC kept tells it" {
	traffic 40
	stands_still stop_machine continue_machine
	traffic_over
	((CLOCK < STILL - 4000))
	# A SYN from before the others left it out, which they took when it was sent again, it takes too: `moved`.
	judged "paused for $STILL ms, in which its clock went $CLOCK ms"
	row "paused, clock stopped: SYNs taken by two nodes: $(jq .twice "$LAB_DIR/seen") of $(jq .syns "$LAB_DIR/seen")," \
		"of which two took different frames: $(jq .moved "$LAB_DIR/seen")"
}

# plug NODE: its NIC again, once the former is gone for QEMU too.
plug() {
	guest_monitor "$1" '{"execute": "device_add", "arguments": {"driver": "virtio-net-pci", "id": "nic0",
		"netdev": "net0", "mac": "'"$(lab_mac "$1")"'", "romfile": "", "mq": true, "vectors": 6, "guest_csum": false,
		"guest_tso4": false, "guest_tso6": false, "guest_ecn": false, "guest_ufo": false}}' >/dev/null 2>&1
}

@test "a NIC is unplugged and comes back: neighbours are not poisoned, and the node serves again" {
	traffic 40
	witness multicast
	guest_monitor node1 '{"execute": "device_del", "arguments": {"id": "nic0"}}' >/dev/null
	lab_until 20 lab_on node1 bash -c '! [[ -e /sys/class/net/eth0 ]]'
	agree 2,3,4 node2 node3 node4
	requests 4 300 9
	lab_until 20 plug node1
	lab_until 20 lab_on node1 test -e /sys/class/net/eth0
	guest_address node1
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 300 10
	witness_content
	traffic_over
	judged "unplugged"
}
