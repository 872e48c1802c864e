#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# XDP removed by hand from one node: only its own share is missing, and it says so itself.

load helper.bash

VICTIM=node2

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# Removes the victim's XDP program behind xnlb's back.
remove_xdp() {
	! lab_on "$VICTIM" ip link set eth0 xdp off 2>/dev/null # a link is not removed this way
	lab_on "$VICTIM" bpftool link detach pinned /sys/fs/bpf/xnlb/lab/xdp
	! lab_on "$VICTIM" ip link show eth0 | grep -q xdp
}

# as_before FAMILY PROTOCOL: the flows of $LAB_DIR/before again: those of the victim are not
# answered, all others by the same node.
as_before() {
	flows "$mode" "$1" "$2" 7001 500 -t 200 -w 128 >/dev/null 2>&1 || true
	awk -v victim="$VICTIM" '{ print $1, $2, $3, $4 == victim ? "-" : $4 }' \
		"$LAB_DIR/before" >"$LAB_DIR/expected"
	awk '{ print $1, $2, $3, $4 }' "$LAB_DIR/flows" >"$LAB_DIR/found"
	diff "$LAB_DIR/expected" "$LAB_DIR/found" >"$LAB_DIR/diff" || {
		echo "$mode IPv$1 $2, without $VICTIM: $(wc -l <"$LAB_DIR/diff") lines differ"
		head "$LAB_DIR/diff"
		return 1
	}
}

check_mode() {
	local mode=$1 family protocol node
	use "$mode"
	for node in $LAB_NODES; do
		lab_on "$node" "$XNLB" status --instance lab >/dev/null
	done
	for family in 4 6; do
		for protocol in tcp udp; do
			[[ $(lab_on "$VICTIM" ip link show eth0) == *xdp* ]] || lab_attach
			flows "$mode" "$family" "$protocol" 7001 500
			cp "$LAB_DIR/flows" "$LAB_DIR/before"
			remove_xdp
			as_before "$family" "$protocol"
		done
	done
	run lab_on "$VICTIM" "$XNLB" status --instance lab
	echo "$output"
	[[ $status == 5 && $output == *XDP* ]]
	run lab_on "$VICTIM" "$XNLB" status -j --instance lab
	echo "$output"
	[[ $status == 5 ]]
	jq -e '.counters["no-filter"] > 0 and (.warnings | length > 0)' <<<"$output"
	for node in node1 node3 node4; do
		lab_on "$node" "$XNLB" status --instance lab >/dev/null
	done
	# Attaching again mends it.
	lab_attach
	flows "$mode" 4 tcp 7001 500
	lab_on "$VICTIM" "$XNLB" status --instance lab >/dev/null
	lab_detach
}

@test "unicast: the others lose nothing, and the node says what is wrong" {
	check_mode unicast
}

@test "multicast: the others lose nothing, and the node says what is wrong" {
	check_mode multicast
}

@test "igmp: the others lose nothing, and the node says what is wrong" {
	check_mode igmp
}
