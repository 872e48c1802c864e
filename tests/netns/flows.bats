#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# 100,008 distinct flows: each reaches the stack of exactly one node, and the one that explain names.
# Then those that one node takes, or none: rules of mode single and disabled, and no rule.

load helper.bash

# 3 modes, 3 affinities, 2 families, 2 protocols.
FLOWS=2778
# Of each family and protocol, to a port that one node has, or nobody.
MORE_FLOWS=300

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# The port of an affinity's rule in lab_config.
port_of() {
	case $1 in
	none) echo 7001 ;;
	single) echo 7002 ;;
	network) echo 7003 ;;
	esac
}

# Packets that the rules of `affinity` accepted, over all nodes.
accepted() {
	local node
	for node in $LAB_NODES; do
		lab_on "$node" "$XNLB" status -j --instance lab
	done | jq -s --arg ports "$(port_of "$1")" \
		'[.[].rules[] | select((.ports | tostring) == $ports).accepted] | add'
}

# Every node has a fair part of the flows: it is the switch and four nodes that are tested.
all_take_part() {
	awk -v least=$((FLOWS / 8)) '{ count[$4]++ }
		END { for (i = 1; i <= 4; i++) if (count["node" i] < least) exit 1 }' \
		"$LAB_DIR/flows" || {
		echo "unfair: $(flows_by_node)"
		return 1
	}
}

check_mode() {
	local mode=$1 affinity family protocol before sent node=0
	begin "$mode"
	for affinity in none single network; do
		before=$(accepted "$affinity")
		sent=0
		for family in 4 6; do
			for protocol in tcp udp; do
				flows "$mode" "$family" "$protocol" "$(port_of "$affinity")" \
					"$FLOWS" -s "$((++node))"
				flows_explained "node$((node % 4 + 1))"
				all_take_part
				# A SYN and its RST, or a UDP packet.
				sent=$((sent + $(awk -v tcp="$protocol" \
					'{ n += $6 + (tcp == "tcp") * $5 } END { print n }' \
					"$LAB_DIR/flows")))
				say "$mode $affinity IPv$family $protocol: $(flows_by_node)"
			done
		done
		echo "$mode $affinity: $sent packets, accepted $before + $(accepted "$affinity")"
		(($(accepted "$affinity") - before == sent))
	done
	finish
}

@test "unicast: each of 33,336 flows is answered by exactly the node that explain names" {
	check_mode unicast
}

@test "multicast: each of 33,336 flows is answered by exactly the node that explain names" {
	check_mode multicast
}

@test "igmp: each of 33,336 flows is answered by exactly the node that explain names" {
	check_mode igmp
}

# all_by NODE: that node answered all of the last `flows`.
all_by() {
	awk -v node="$1" '$4 != node' "$LAB_DIR/flows" | tee "$LAB_DIR/bad" | head
	[[ ! -s $LAB_DIR/bad ]]
}

# "node1 COUNT node2 COUNT ...": frames that each has dropped as `disabled`.
disabled() {
	local node
	for node in $LAB_NODES; do
		lab_on "$node" "$XNLB" status -j --instance lab |
			jq -r '"\(.node.name) \(.counters.disabled // 0)"'
	done | paste -sd ' '
}

counts_disabled() {
	[[ $(disabled) == "node1 $1 node2 $1 node3 $1 node4 $1" ]]
}

# nobody FLOWS-ARGUMENT...: nobody answers them, each sent three times.
nobody() {
	flows "$@" -t 50 -w "$MORE_FLOWS" >/dev/null 2>&1 || true
	awk '$4 != "-" || $5 != 0 || $6 != 3' "$LAB_DIR/flows" | tee "$LAB_DIR/bad" | head
	[[ ! -s $LAB_DIR/bad && $(wc -l <"$LAB_DIR/flows") == "$MORE_FLOWS" ]]
}

check_one_or_none() {
	local mode=$1 family protocol sent=0 seed=0
	witness "$mode" whole
	lab_config "$mode"
	lab_more_rules
	lab_attach
	counts_disabled 0
	for family in 4 6; do
		for protocol in tcp udp; do
			flows "$mode" "$family" "$protocol" 7004 "$MORE_FLOWS" -s "$((++seed))"
			flows_explained "node$seed"
			all_by node3
			flows "$mode" "$family" "$protocol" 7006 "$MORE_FLOWS" -s "$seed"
			flows_explained "node$seed"
			all_by node1
			nobody "$mode" "$family" "$protocol" 7005 "$MORE_FLOWS" -s "$seed"
			sent=$((sent + 3 * MORE_FLOWS))
			lab_until 10 counts_disabled "$sent" || {
				echo "$mode IPv$family $protocol: $sent sent, dropped: $(disabled)"
				return 1
			}
		done
	done
	say "$mode: $sent frames to a disabled port, dropped: $(disabled)"
	finish
}

@test "unicast: single, disabled and no rule: one node takes all, none does, the default node does" {
	check_one_or_none unicast
}

@test "multicast: single, disabled and no rule: one node takes all, none does, the default node does" {
	check_one_or_none multicast
}

@test "igmp: single, disabled and no rule: one node takes all, none does, the default node does" {
	check_one_or_none igmp
}
