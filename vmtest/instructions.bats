#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The cluster's four nodes, each an emulated machine that counts instructions: what does the XDP program take for a
# frame? The numbers do not depend on the machine below, nor on what else it does, so 2 % more is a finding.

load ../tests/netns/helper.bash
load helper.bash
load counting.bash

setup_file() {
	make_folders
	export LAB_NODES="node1 node2 node3 node4"
	export VM_APPEND=vmtest.modules=veth
	counting_guests
	lab_config multicast
}

# What a test that failed left.
teardown() {
	guests_down
}

# cost NODE: boots a guest for it, attaches and measures: into $LAB_DIR/NODE.cost. One at a time: the clock of one that
# counts does not wait, so one with nothing to do takes a CPU from the others.
cost() {
	guest_boot "$1"
	guest_ready "$1"
	lab_copy "$1" "$LAB_DIR/lab.yaml" "$LAB_DIR/lab.key"
	guest_run "$1" 60 "
		ip link add eth0 address $(lab_mac "$1") type veth peer name peer
		ip link set eth0 up
		ip link set peer up
		ip addr add 192.168.1.${1#node}/24 dev eth0
		ip addr add fd00::${1#node}/64 dev eth0 nodad
		$XNLB attach -c $LAB_DIR/lab.yaml --node $1 >&2 &&
			$LAB_TOOLS/program_cost /sys/fs/bpf/xnlb/lab $LAB_DIR/lab.key" >"$LAB_DIR/$1.cost"
	guest_kill "$1"
}

@test "of four nodes one accepts a flow, and all need as many instructions for the same" {
	local node
	for node in $LAB_NODES; do cost "$node"; done
	tail -n +1 "$LAB_DIR"/node?.cost
	(($(cat "$LAB_DIR"/node?.cost | grep -c '^accept ') == 1))
	sort -u "$LAB_DIR"/node?.cost >"$LAB_DIR/costs"
	# One line for each kind: no two numbers.
	[[ $(awk '{ print $1 }' "$LAB_DIR/costs") == $'accept\ndrop\nheartbeat\npass' ]]
}

# Four boots have agreed on all but one kind.
@test "as many after another boot" {
	local file node
	file=$(grep -l '^accept ' "$LAB_DIR"/node?.cost)
	node=$(basename "$file" .cost)
	mv "$file" "$LAB_DIR/before"
	cost "$node"
	diff "$LAB_DIR/before" "$file"
}

@test "not more than 2 % above the limits" {
	local what number failed=0
	while read -r what number; do
		row "instructions, $what: $number"
		within "instructions-$what" "$number" || failed=1
	done <"$LAB_DIR/costs"
	((!failed))
}
