#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# 10,000 real HTTP requests for each mode and weighting, half IPv4 and half IPv6: none fails, and
# the shares are those of the weights.

load helper.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# shares_fit "W1 W2 W3 W4" <"NODE COUNT" lines: each share is within 3 standard deviations.
shares_fit() {
	awk -v weights="$1" '
		/^node/ { count[$1] = $2; n += $2 }
		END {
			split(weights, w, " ")
			sum = w[1] + w[2] + w[3] + w[4]
			for (i = 1; i <= 4; i++) {
				p = w[i] / sum
				off = (count["node" i] - n * p) / sqrt(n * p * (1 - p))
				bad += off > 3 || off < -3
				printf "node%d %d (%+.1f sd) ", i, count["node" i], off
			}
			print ""
			exit bad > 0
		}'
}

# check_shares MODE WEIGHTS SEED
check_shares() {
	local mode=$1 weights=$2 family shares unfit=0
	begin "$mode" "$weights"
	witness "$mode"
	for family in 4 6; do
		requests "$family" 5000 "$3$family" >"$LAB_DIR/requests" || {
			echo "$mode IPv$family:"
			cat "$LAB_DIR/requests"
			return 1
		}
		shares=$(shares_fit "$weights" <"$LAB_DIR/requests") || unfit=1
		say "$mode, IPv$family: $shares"
	done
	witness_content
	finish
	return "$unfit"
}

teardown() {
	lab_detach 2>/dev/null || true
}

@test "unicast: equal weights" {
	check_shares unicast "50 50 50 50" 21
}

@test "multicast: equal weights" {
	check_shares multicast "50 50 50 50" 22
}

@test "igmp: equal weights" {
	check_shares igmp "50 50 50 50" 23
}

@test "unicast: weights 10, 20, 30, 40" {
	check_shares unicast "10 20 30 40" 24
}

@test "multicast: weights 10, 20, 30, 40" {
	check_shares multicast "10 20 30 40" 25
}

@test "igmp: weights 10, 20, 30, 40" {
	check_shares igmp "10 20 30 40" 26
}
