#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# 10,000 numbered packets while programs and tables are replaced 20 times on every node: none is
# lost, none is accepted twice.

load helper.bash

REPLACEMENTS=20

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# traffic MODE FAMILY: 5,000 numbered packets, 400 a second, in the background.
traffic() {
	local range=$LAB_RAW4
	[[ $2 == 6 ]] && range=$LAB_RAW6
	lab_start client "$LAB_DIR/traffic$2" "$LAB_TOOLS/flows" -m "$(lab_cluster_mac "$1")" \
		-d "$(lab_ip "$2")" -p 7001 -u -f "$range" -n 5000 -r 400
}

# Every node attaches, all at the same time; odd rounds with a rule more, so tables differ.
replace() {
	local node pids=() pid
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/next.yaml"
	if (($1 % 2)); then
		echo "  - {name: more, ip: all, protocol: tcp, ports: 9000, mode: disabled}" \
			>>"$LAB_DIR/next.yaml"
	fi
	for node in $LAB_NODES; do
		lab_on "$node" "$XNLB" attach -c "$LAB_DIR/next.yaml" --node "$node" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

check_mode() {
	local mode=$1 four six done=0 family
	use "$mode"
	traffic "$mode" 4
	four=$LAB_STARTED
	traffic "$mode" 6
	six=$LAB_STARTED
	while kill -0 "$four" 2>/dev/null && kill -0 "$six" 2>/dev/null; do
		replace "$done"
		((++done))
	done
	wait "$four" || true
	wait "$six" || true
	say "$mode: $((done - 1)) replacements under traffic"
	for family in 4 6; do
		cat "$LAB_DIR/traffic$family.err"
		awk '$4 == "-" || $4 ~ /,/ || $5 != 1 || $6 != 1' "$LAB_DIR/traffic$family" \
			>"$LAB_DIR/bad"
		head "$LAB_DIR/bad"
		[[ ! -s $LAB_DIR/bad ]]
		[[ $(wc -l <"$LAB_DIR/traffic$family") == 5000 ]]
	done
	((done > REPLACEMENTS))
	lab_detach
}

@test "multicast: 20 replacements, no packet lost, none accepted twice" {
	check_mode multicast
}

@test "unicast: 20 replacements, no packet lost, none accepted twice" {
	check_mode unicast
}

@test "igmp: 20 replacements, no packet lost, none accepted twice" {
	check_mode igmp
}
