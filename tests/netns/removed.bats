#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# XDP removed by hand from one node: only its own share is missing, and it says so itself.

load helper.bash
load talks.bash

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
	begin "$mode"
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
	[[ $status == 5 && $output == *"Warning: missing: XDP program on eth0; attach again"* ]]
	run lab_on "$VICTIM" "$XNLB" status -j --instance lab
	echo "$output"
	[[ $status == 5 ]]
	jq -e '.counters["no-filter"] > 0 and .warnings == ["missing: XDP program on eth0; attach again"]' \
		<<<"$output"
	for node in node1 node3 node4; do
		lab_on "$node" "$XNLB" status --instance lab >/dev/null
	done
	# Attaching again mends it.
	lab_attach
	flows "$mode" 4 tcp 7001 500
	lab_on "$VICTIM" "$XNLB" status --instance lab >/dev/null
	finish
}

check_connections() {
	local mode=$1 before node
	begin "$mode"
	talk
	told now
	awk '{ print $1, $2, $3 }' "$LAB_DIR/now" |
		lab_on node1 "$XNLB" explain -j --instance lab - | jq -r .owner.name >"$LAB_DIR/owners"
	for node in $LAB_NODES; do
		(($(grep -c "^$node$" "$LAB_DIR/owners") > CONNECTIONS / 4))
	done
	before=$(resets)
	remove_xdp
	told mark
	lab_until 20 went_on 'node[134]'
	all_open
	# It is the victim that is silent: its connections stand still (one answer was on its way).
	paste -d ' ' "$LAB_DIR/mark" "$LAB_DIR/now" "$LAB_DIR/owners" |
		awk -v victim="$VICTIM" '$11 == victim && $10 > $5 + 1' | tee "$LAB_DIR/bad"
	[[ ! -s $LAB_DIR/bad ]]
	[[ $(resets) == "$before" ]]
	run lab_on "$VICTIM" "$XNLB" status --instance lab
	[[ $status == 5 && $output == *"Warning: missing: XDP program on eth0; attach again"* ]]
	# Attaching again comes before its connections have given up.
	lab_on "$VICTIM" "$XNLB" attach -c "$LAB_DIR/lab.yaml" --node "$VICTIM"
	told mark
	lab_until 60 went_on '.*' || { all_open; return 1; }
	all_open
	[[ $(resets) == "$before" ]]
	lab_stop "${TALKS[4]}"
	lab_stop "${TALKS[6]}"
	finish
}

@test "established connections of the others go on, and the node's own after attach" {
	local mode TALKS=()
	for mode in multicast unicast; do
		check_connections "$mode"
	done
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
