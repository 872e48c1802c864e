#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The hooks that are taken where the best ones are missing: generic XDP, clsact. Same decisions, and
# detach leaves nothing.

load helper.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

teardown() {
	lab_detach 2>/dev/null || true
}

# check_hooks MODE XDP TC
check_hooks() {
	local -x LAB_ATTACH="--xdp=$2 --tc=$3" mode=$1 family protocol json
	lab_config "$mode"
	snapshot "$LAB_DIR/before"
	lab_attach
	json=$(lab_on node1 "$XNLB" status -j --instance lab)
	[[ $(jq -r '"\(.xdp) \(.tc)"' <<<"$json") == "$2 $3" ]] || {
		echo "$json"
		return 1
	}
	witness "$mode"
	for family in 4 6; do
		requests "$family" 200 1
		for protocol in tcp udp; do
			flows "$mode" "$family" "$protocol" 7001 300
			flows_explained node2
		done
	done
	witness_content
	lab_detach
	snapshot "$LAB_DIR/after"
	same "$mode, $2 XDP, $3"
}

@test "generic XDP, tcx" {
	if ! lab_has_tcx; then
		lab_config unicast
		run lab_on node1 "$XNLB" attach -c "$LAB_DIR/lab.yaml" --node node1 --tc=tcx
		((status == 1))
		[[ $output == *"this kernel has no tcx, which came with Linux 6.6"* ]]
		skip "this kernel has no tcx"
	fi
	check_hooks unicast generic tcx
	check_hooks multicast generic tcx
	check_hooks igmp generic tcx
}

@test "native XDP, clsact" {
	check_hooks unicast native clsact
	check_hooks multicast native clsact
	check_hooks igmp native clsact
}

@test "generic XDP, clsact" {
	check_hooks unicast generic clsact
	check_hooks multicast generic clsact
	check_hooks igmp generic clsact
}
