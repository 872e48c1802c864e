#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a node says by itself when it attaches, byte by byte, as its neighbour hears it: who has the
# cluster IPs, which groups it joins, and in mode igmp that it is a multicast router. Nothing else
# holds a cluster IP, and no frame comes from the cluster MAC.

load helper.bash

NODE=525400000101
IPS='192.168.1.100, 192.168.1.101, "fd00::100", "fd00::1:102"'
IPS4="c0a80164 c0a80165"
IPS6="fd000000000000000000000000000100 fd000000000000000000000000010102"
GROUPS6="ff0200000000000000000001ff000100 ff0200000000000000000001ff010102"
LINK6=fe80000000000000505400fffe000101
ALL_NODES=ff020000000000000000000000000001
ALL_SNOOPERS=ff02000000000000000000000000006a

setup() {
	make_node
	lab_start peer "$LAB_DIR/wire" "$LAB_TOOLS/frames" watch eth0
	lab_until 10 grep -q watching "$LAB_DIR/wire"
}

teardown() {
	lab_down
}

# mac MODE
mac() {
	case $1 in
	unicast) echo 02bfc0a80164 ;;
	multicast) echo 03bfc0a80164 ;;
	igmp) echo 01005e7f0164 ;;
	esac
}

# checksum HEX: RFC 1071.
checksum() {
	local at sum=0
	for ((at = 0; at < ${#1}; at += 4)); do
		sum=$((sum + 16#${1:at:4}))
	done
	while ((sum > 65535)); do
		sum=$(((sum & 65535) + (sum >> 16)))
	done
	printf '%04x' $((65535 - sum))
}

# icmp6 SOURCE DESTINATION TYPE REST: a message with its checksum, RFC 4443.
icmp6() {
	local pseudo
	pseudo=$1$2$(printf '%08x' $((${#3} / 2 + 2 + ${#4} / 2)))0000003a
	echo "$3$(checksum "$pseudo$3$4")$4"
}

# announcements MODE: ARP announcements, RFC 5227; unsolicited advertisements, RFC 4861.
announcements() {
	local ip
	for ip in $IPS4; do
		echo "ffffffffffff${NODE}0806000108000604""0001$(mac "$1")${ip}000000000000$ip"
	done
	for ip in $IPS6; do
		echo "333300000001${NODE}86dd6000000000203aff$ip$ALL_NODES$(
			icmp6 "$ip" "$ALL_NODES" 8800 "20000000${ip}0201$(mac "$1")"
		)"
	done
}

# router: Multicast Router Advertisements with a router alert, RFC 4286.
router() {
	local ip4=46c0002000000000""0102 to4=c0a80101e000006a94040000
	echo "01005e00006a${NODE}0800$ip4$(checksum "$ip4$to4")$to4""3014$(checksum 301400000000)00000000"
	echo "33330000006a${NODE}86dd6000000000100001$LINK6$ALL_SNOOPERS""3a00050200000100$(
		icmp6 "$LINK6" "$ALL_SNOOPERS" 9714 00000000
	)"
}

# said PATTERN: the peer has heard a line that matches.
said() { grep -qE "$1" "$LAB_DIR/wire"; }

# reported CHANGE GROUP: a membership report of IGMPv3 (RFC 3376) or MLDv2 (RFC 3810) has that record.
reported() {
	if ((${#2} == 8)); then
		said "^01005e000016${NODE}080046c0.{36}940400002200.*${1}000000$2"
	else
		said "^333300000016${NODE}86dd60.{10}0001$LINK6.{32}3a00.{12}8f00.*${1}000000$2"
	fi
}

# groups MODE
groups() {
	echo "$GROUPS6"
	[[ $1 != igmp ]] || echo efff0164
}

# reports CHANGE MODE: one for each group.
reports() {
	local group
	for group in $(groups "$2"); do
		lab_until 10 reported "$1" "$group" || {
			echo "$2: no report $1 of group $group"
			cat "$LAB_DIR/wire"
			return 1
		}
	done
}

# heard NUMBER: all that the node has sent so far has arrived: a frame that it sends last has.
heard() {
	local mark
	mark=525400000102${NODE}88b5$(printf '%092d' "$1")
	on "$LAB_TOOLS/frames" send eth0 "$mark"
	lab_until 10 said "^$mark"
}

# exactly EXPECTED: of what holds a cluster IP or is meant for those who look for routers, the peer
# heard this and no more; nothing came from a cluster MAC.
exactly() {
	local ip pattern="^(01005e00006a|33330000006a)"
	for ip in $IPS4 $IPS6; do
		pattern+="|$ip"
	done
	diff <(sort "$1") <(grep -E "$pattern" "$LAB_DIR/wire" | sort)
	run grep -E "^.{12}($(mac unicast)|$(mac multicast)|$(mac igmp))" "$LAB_DIR/wire"
	[[ $output == "" ]]
}

check_mode() {
	local mode=$1
	configure "$mode" "$IPS"
	announcements "$mode" >"$LAB_DIR/expected"
	[[ $mode != igmp ]] || router >>"$LAB_DIR/expected"
	attach
	reports 04 "$mode"
	heard 1
	exactly "$LAB_DIR/expected"
	# And silence, but for the groups that it leaves.
	xnlb detach
	reports 03 "$mode"
	heard 2
	exactly "$LAB_DIR/expected"
}

@test "unicast" {
	check_mode unicast
}

@test "multicast" {
	check_mode multicast
}

@test "igmp" {
	check_mode igmp
}

@test "another mode in its place: the new MAC is announced" {
	local mode
	for mode in unicast igmp multicast; do
		configure "$mode" "$IPS"
		announcements "$mode" >>"$LAB_DIR/expected"
		[[ $mode != igmp ]] || router >>"$LAB_DIR/expected"
		attach
	done
	heard 1
	exactly "$LAB_DIR/expected"
}
