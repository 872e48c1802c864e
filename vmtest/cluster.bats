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

# back [NODE...]: guests that have ended start anew, as machines that boot. Their ports of the switch stay: there the
# oracle listens.
back() {
	local node
	for node; do guest_node "$node"; done
	for node; do
		guest_dress "$node"
		lab_serve_node "$node"
		lab_copy "$node" "$LAB_DIR/lab.yaml" "$LAB_DIR/lab.key"
		start "$node"
	done
	agree 1,2,3,4 node1 node2 node3 node4
}

setup() {
	local node ended=()
	for node in $LAB_NODES; do
		guest_lives "$node" || ended+=("$node")
	done
	back "${ended[@]}"
	oracle -n 4 -e "$LAB_DIR/events"
}

teardown() {
	[[ -z ${ORACLE:-} ]] || kill "$ORACLE" 2>/dev/null || true
	[[ -z ${TRAFFIC:-} ]] || kill "$TRAFFIC" 2>/dev/null || true
	rm -f "$LAB_DIR/asking"
	[[ -n ${BATS_TEST_COMPLETED:-}${BATS_TEST_SKIPPED:-} ]] || over
}

# over: what a test that failed has left is not for the next one; what the daemons said is kept.
over() {
	local node
	for node in $LAB_NODES; do
		! guest_lives "$node" || VM_GRACE=5 VM_SECONDS=5 guest_on "$node" cat "$LAB_DIR/$node.out.err" \
			>"${VM_LOG:-$VM_DIR}/$VM_KERNEL.cluster.$BATS_TEST_NUMBER.$node.daemon" 2>/dev/null || :
	done
	guests_down
}

# judged WHAT: the oracle is content; all was answered but for what was lost just before the end, and not sent again.
judged() {
	# What was sent before these is answered before these.
	requests 4 60 99
	oracle_end
	say "$1: $(oracle_says)"
	seen '.taken > 2000 and .nobody <= 5 and .twice == 0 and .foreign == 0 and .stray == 0'
}

now_ns() {
	echo "${EPOCHREALTIME/./}000"
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
	for node in node1 node2 node3 node4; do
		(($(took "$node" 0) > 500))
	done
}

@test "a guest is killed: the others take over, and it comes back" {
	local since
	traffic
	guest_kill node2
	agree 1,3,4 node1 node3 node4
	requests 4 300 3
	back node2
	since=$(now_ns)
	requests 4 300 4
	traffic_over
	judged "killed"
	(($(took node2 "$since") > 20))
}

@test "a kernel panics: the others take over, and it comes back" {
	local status=0 since
	traffic
	guest_run node3 5 'echo c >/proc/sysrq-trigger' 2>"$LAB_DIR/panic" || status=$?
	((status == VM_BROKEN))
	grep -q "kernel $VM_KERNEL.*guest node3: ended during: .*Kernel panic - not syncing: sysrq triggered crash" "$LAB_DIR/panic"
	agree 1,2,4 node1 node2 node4
	requests 4 300 5
	back node3
	since=$(now_ns)
	requests 4 300 6
	traffic_over
	judged "panic"
	(($(took node3 "$since") > 20))
}

# uptime_ms NODE: its CLOCK_BOOTTIME, which leases go by.
uptime_ms() {
	lab_on "$1" awk '{ print int($1 * 1000) }' /proc/uptime
}

# stands_still HOW ON OFF: node4 stands still for five seconds and more, and goes on; how far its clock went then is in
# CLOCK, and for how long it stood still in STILL (ms); from when to when, in BEGUN and ENDED (ns).
stands_still() {
	local before
	before=$(uptime_ms node4)
	BEGUN=$(now_ns)
	"$1"
	agree 1,2,3 node1 node2 node3
	requests 4 500 7
	lab_until 10 stood
	ENDED=$(now_ns)
	"$2"
	CLOCK=$(($(uptime_ms node4) - before)) STILL=$((($(now_ns) - BEGUN) / 1000000))
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 8
}

stood() {
	(($(now_ns) - BEGUN > 5000000000))
}

# both: the SYNs that were sent for the first time while node4 stood still, and that it and another node took: when each
# was sent, in ms after that began.
both() {
	awk -v from="$BEGUN" -v to="$ENDED" '
		{ syn = $5 " " $6 " " $7 }
		$2 == "sent" && !(syn in first) { first[syn] = $1 }
		$2 == "taken" { by[syn, $3 == 4] = 1 }
		END { for (syn in first)
			if (first[syn] > from && first[syn] < to && (syn, 1) in by && (syn, 0) in by)
				print int((first[syn] - from) / 1000000) }' "$LAB_DIR/events" | sort -n
}

clocksource() {
	lab_on node4 cat /sys/devices/system/clocksource/clocksource0/current_clocksource
}

stop_machine() { guest_monitor node4 '{"execute": "stop"}' >/dev/null; }
continue_machine() { guest_monitor node4 '{"execute": "cont"}' >/dev/null; }
stop_emulator() { guest_signal STOP node4; }
continue_emulator() { guest_signal CONT node4; }

@test "a guest is paused, and its clock goes on: it accepts nothing afterwards that others have" {
	traffic
	stands_still stop_emulator continue_emulator
	traffic_over
	((CLOCK > STILL - 500))
	judged "paused for $STILL ms, in which its clock went $CLOCK ms"
	[[ -z $(both) ]]
	row "paused, clock running ($(clocksource)): SYNs taken by two nodes: 0 of $(jq .syns "$LAB_DIR/seen")"
}

@test "a guest is paused, and its clock stands still: what its NIC kept tells it" {
	traffic
	stands_still stop_machine continue_machine
	traffic_over
	judged "paused for $STILL ms, in which its clock went $CLOCK ms"
	if ((CLOCK > STILL - 4000)); then
		row "paused, clock stopped: untested, for $(clocksource) went on"
		skip "its clock went on"
	fi
	# What came before the others left it out it takes too, and they have it when it was sent again.
	both >"$LAB_DIR/both"
	row "paused, clock stopped ($(clocksource)): SYNs taken by two nodes: $(wc -l <"$LAB_DIR/both") of" \
		"$(jq .syns "$LAB_DIR/seen"), the last of them sent $(tail -n 1 "$LAB_DIR/both") ms after it stopped"
	# W, when others may have them.
	[[ -z $(awk '$1 > 2000' "$LAB_DIR/both") ]]
}

# plug NODE: its NIC again, once the former is gone for QEMU too.
plug() {
	guest_monitor "$1" '{"execute": "human-monitor-command", "arguments": {"command-line":
		"device_add virtio-net-pci,id=nic0,netdev=net0,romfile=,mac='"$(lab_mac "$1"),$VM_NIC_NATIVE"'"}}' |
		grep -q '"return": ""'
}

# told IP: the bystander has an answer.
told() {
	[[ $(lab_on bystander ip neigh show "$1" dev eth0) == *lladdr* ]]
}

# asks: the bystander asks for the cluster IPs, again and again, until $LAB_DIR/asking is gone. The witness takes an
# answer for one to the newest question, so each is waited for.
asks() {
	local ip
	while [[ -e $LAB_DIR/asking ]]; do
		for ip in "$LAB_IP4" "$LAB_IP6"; do
			lab_on bystander ip neigh flush dev eth0 to "$ip" || :
			lab_on bystander bash -c "echo >/dev/udp/$ip/7002" || :
			lab_until 1 told "$ip" || :
		done
	done
}

# asked: since the last time it was looked at, somebody asked.
asked() {
	local before=$ASKED
	kill -USR1 "${WITNESS[witness]}"
	said 2>/dev/null && ASKED=$(jq .requests "$LAB_DIR/seen") && ((ASKED > before))
}

@test "a NIC is unplugged and comes back: neighbours are not poisoned, and the node serves again" {
	local since asker ASKED=0
	traffic
	witness multicast
	touch "$LAB_DIR/asking"
	asks 3>&- &
	asker=$!
	guest_monitor node1 '{"execute": "device_del", "arguments": {"id": "nic0"}}' >/dev/null
	lab_until 20 lab_on node1 bash -c '! [[ -e /sys/class/net/eth0 ]]'
	agree 2,3,4 node2 node3 node4
	requests 4 300 9
	lab_until 20 plug node1
	lab_until 20 lab_on node1 test -e /sys/class/net/eth0
	lab_until 20 asked
	guest_address node1
	# Its stack has its addresses again, the daemon has not attached yet or just does.
	lab_until 20 asked
	agree 1,2,3,4 node1 node2 node3 node4
	lab_until 20 asked
	since=$(now_ns)
	requests 4 300 10
	rm "$LAB_DIR/asking"
	wait "$asker" || true
	witness_end
	seen '.cluster_source == 0 and .announced == 0 and .unasked == 0 and .answered.several == 0 and .answered.one > 20'
	traffic_over
	judged "unplugged"
	(($(took node1 "$since") > 20))
}
