#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One configuration in place of another.

load helper.bash

setup() {
	make_node
	snapshot nothing
}

teardown() {
	lab_down
}

# as_if_alone: what is attached now is what a first attach of this configuration makes, but for the
# numbers of programs and pins.
as_if_alone() {
	numberless() {
		snapshot now
		sed -E 's/(prog|id|tag|load_time|btf_id)[ :]+[0-9a-f]+//g; s/^[0-9]+: //
			s/ [0-9]+$//; s/\[[0-9]+\]//' "$LAB_DIR/now"
	}
	healthy
	numberless >"$LAB_DIR/replaced"
	xnlb detach
	unchanged nothing
	attach "$@"
	numberless >"$LAB_DIR/alone"
	diff "$LAB_DIR/alone" "$LAB_DIR/replaced"
}

@test "another mode" {
	local mode hook
	for hook in tcx clsact; do
		configure unicast
		attach --tc "$hook"
		for mode in multicast unicast igmp multicast igmp unicast; do
			configure "$mode"
			attach
			decides "$(lab_cluster_mac "$mode")"
			as_if_alone --tc "$hook"
		done
		xnlb detach
		unchanged nothing
	done
}

@test "other cluster IPs" {
	local ips
	attach
	for ips in 192.168.1.100 '"fd00::100"' '"fd00::101", 192.168.1.101, 192.168.1.100' \
		'192.168.1.100, "fd00::1:100", "fd00::2:100"' '192.168.1.100, "fd00::100"'; do
		configure igmp "$ips"
		attach
		as_if_alone
	done
}

# taken: UDP packets that the node's stack has taken, with or without a socket for them.
taken() { on nstat -asz UdpInDatagrams UdpNoPorts | awk '/^Udp/ { sum += $2 } END { print sum }'; }

# knocks: the peer sends to the IP that comes and goes, faster than anything happens, until it is killed.
knocks() {
	learn 192.168.1.101 03:bf:c0:a8:01:64
	lab_start peer "$LAB_DIR/knocks" bash -c 'for ((;;)); do echo >/dev/udp/192.168.1.101/5353; done'
	KNOCKS=$LAB_STARTED
}

# swap FILE [INJECTION]: attaches FILE; the INJECTION happens when the first program is to be replaced.
swap() {
	local number
	on strace -f -o "$LAB_DIR/calls" -e trace=bpf "$XNLB" attach -c "$LAB_DIR/$1" --node node1
	number=$(grep 'bpf(' "$LAB_DIR/calls" | grep -n -m1 LINK_UPDATE | cut -d: -f1)
	on "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	on strace -f -o /dev/null -e trace=bpf -e "inject=bpf:$2:when=$number" \
		"$XNLB" attach -c "$LAB_DIR/$1" --node node1
}

# The stack takes UDP for an address of its own out of multicast frames. While programs and addresses
# change, none may be there that the programs do not know: a disabled rule is closed all the time.
@test "no packet passes unjudged while cluster IPs come and go" {
	local rule='  - {name: off, ip: all, protocol: udp, ports: 5353, mode: disabled}' before
	write_config multicast 192.168.1.100 "$rule" >"$LAB_DIR/one.yaml"
	write_config multicast '192.168.1.100, 192.168.1.101' "$rule" >"$LAB_DIR/two.yaml"
	cp "$LAB_DIR/one.yaml" "$LAB_DIR/web.yaml"
	attach
	knocks
	before=$(taken)
	swap two.yaml delay_enter=500ms
	lab_until 5 counts disabled 0
	healthy
	cp "$LAB_DIR/two.yaml" "$LAB_DIR/web.yaml"
	swap one.yaml delay_enter=500ms
	healthy
	on strace -f -o /dev/null -e trace=renameat2 -e inject=renameat2:delay_enter=500ms:when=1 \
		"$XNLB" attach -c "$LAB_DIR/two.yaml" --node node1
	healthy
	# Killed on the way, in both directions.
	run swap one.yaml signal=KILL
	[[ $status != 0 ]]
	degraded 'an attach ended in the middle'
	cp "$LAB_DIR/one.yaml" "$LAB_DIR/web.yaml"
	attach
	run swap two.yaml signal=KILL
	[[ $status != 0 ]]
	degraded 'an attach ended in the middle'
	attach
	healthy
	kill -0 "$KNOCKS"
	lab_stop "$KNOCKS" || true
	echo "taken before $before, after $(taken)"
	[[ $(taken) == "$before" ]]
}

# rules COUNT: that many lines, each with its own port.
rules() {
	local i
	for ((i = 1; i <= $1; i++)); do
		echo "  - {name: r$i, ports: $((1000 + i)), protocol: udp}"
	done
}

# ips COUNT THIRD: half of them of each family, in 192.168.THIRD.0/24 and fd00:THIRD::/64.
ips() {
	local i
	for ((i = 1; i <= $1 / 2; i++)); do
		printf '192.168.%d.%d, "fd00:%d::%x", ' "$2" "$i" "$2" "$i"
	done
}

@test "none to 1000 rules" {
	local count
	for count in 1 1000 2 999 1; do
		configure multicast '192.168.1.100, "fd00::100"' "$(rules "$count")"
		attach
		healthy
		[[ $(xnlb status -j | jq '.rules | length') == "$count" ]]
	done
	sed -i '/^rules:/,$d' "$LAB_DIR/web.yaml"
	attach
	healthy
	[[ $(xnlb status -j | jq '.rules | length') == 0 ]]
	xnlb detach
	unchanged nothing
}

@test "64 cluster IPs, by 64 others, with 1000 rules" {
	local third start
	for third in 7 8; do
		configure igmp "$(ips 64 $third)" "$(rules 1000)"
		start=${EPOCHREALTIME/./}
		attach
		echo "# attached in $(((${EPOCHREALTIME/./} - start) / 1000)) ms" >&3
		healthy
		[[ $(xnlb status -j | jq '.ips | length') == 64 ]]
	done
	xnlb detach
	unchanged nothing
}

@test "64 IPv6 cluster IPs, by 64 others: both are in the journal for a while" {
	local third i list
	for third in 7 8; do
		list=
		for i in {1..64}; do
			list+="\"fd00:$third::$i\", "
		done
		configure multicast "$list"
		attach
		healthy
	done
	xnlb detach
	unchanged nothing
}

@test "counters go on with the same rules, and begin anew with others" {
	local rules='  - {name: dns, ports: 53, protocol: udp, affinity: none'
	configure multicast 192.168.1.100 "$rules}"
	attach
	decides 03:bf:c0:a8:01:64
	# Other weights, another mode, another default: the same rules.
	configure igmp 192.168.1.100 "$rules, weights: {node1: 100, node2: 1}}"
	sed -i 's/^  name: web/&\n  default: drop/' "$LAB_DIR/web.yaml"
	attach
	(($(counter own-bucket) > 0))
	configure igmp 192.168.1.100 '  - {name: dns, ports: 54, protocol: udp, affinity: none}'
	attach
	(($(counter own-bucket) == 0))
}

# Killed when the new counters have their name and the new rules do not, with the new programs counting.
@test "counters of a replacement that was killed are not taken for the old rules'" {
	configure multicast 192.168.1.100 '  - {name: dns, ports: 53, protocol: udp}'
	attach
	cp "$LAB_DIR/web.yaml" "$LAB_DIR/old.yaml"
	configure multicast 192.168.1.100 '  - {name: ntp, ports: 123, protocol: udp}'
	run on strace -f -o /dev/null -P /sys/fs/bpf/xnlb/web/new_rules -e trace=renameat2 \
		-e inject=renameat2:signal=KILL "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	((status != 0))
	degraded 'an attach ended in the middle: attach again'
	learn 192.168.1.100 03:bf:c0:a8:01:64
	knock 192.168.1.100 123
	lab_until 5 counts other-bucket 0 || lab_until 5 counts own-bucket 0
	cp "$LAB_DIR/old.yaml" "$LAB_DIR/web.yaml"
	attach
	healthy
	[[ $(counter own-bucket) == 0 && $(counter other-bucket) == 0 ]]
}

@test "drop by default, and back" {
	configure multicast 192.168.1.100
	attach
	learn 192.168.1.100 03:bf:c0:a8:01:64
	knock 192.168.1.100 9
	lab_until 5 counts no-socket 0
	sed -i 's/^  name: web/&\n  default: drop/' "$LAB_DIR/web.yaml"
	attach
	knock 192.168.1.100 9
	lab_until 5 counts no-rule 0
	configure multicast 192.168.1.100
	attach
	before=$(counter no-socket)
	knock 192.168.1.100 9
	lab_until 5 counts no-socket "$before"
}

@test "--xdp and --tc say what is attached, or are refused" {
	attach
	attach --xdp native --tc tcx
	refused 1 'eth0: XDP is attached as native, which a replacement does not change: detach' \
		attach --xdp generic
	refused 1 'eth0: tc is attached as tcx, which a replacement does not change: detach' \
		attach --tc clsact
	decides 03:bf:c0:a8:01:64
	xnlb detach
	attach --xdp generic --tc clsact
	refused 1 'XDP is attached as generic' attach --xdp native
	refused 1 'tc is attached as clsact' attach --tc tcx
	attach # as it is
	[[ $(xnlb status -j | jq -r '.xdp + .tc') == genericclsact ]]
}

@test "attach says what it attached, and whether in place of something" {
	run attach
	[[ $output == 'node1 (id 1) attached to eth0: multicast, XDP native, tc tcx' ]]
	configure igmp
	run attach
	[[ $output == 'node1 (id 1) replaced what was attached to eth0: igmp, XDP native, tc tcx' ]]
	xnlb detach
	run attach --instance other --xdp generic --tc clsact
	[[ $output == 'node1 (id 1) attached to eth0: igmp, XDP generic, tc clsact, instance other' ]]
	attach_unheard() { attach --instance other >/dev/full; }
	run attach_unheard
	[[ $status == 0 && $output == 'xnlb: warning: it is attached, but this cannot be printed: No space left on device' ]]
	healthy
}

@test "another interface in the configuration" {
	on ip link add name eth1 type veth peer name peer1
	on ip link set eth1 up
	on ip addr add 192.168.2.1/24 dev eth1
	on ip addr add fd02::1/64 dev eth1 nodad
	attach
	INTERFACE=eth1 configure
	refused 1 'instance web is attached to eth0: detach it first' attach
	decides 03:bf:c0:a8:01:64
}

# The replacement fails at the end; what was attached goes on deciding.
@test "what was attached decides after a failed replacement" {
	local programs
	attach
	programs=$(program_at xdp).$(program_at tc_ingress).$(program_at tc_egress)
	configure unicast '192.168.1.100, 192.168.1.101'
	run on strace -f -o /dev/null -e trace=renameat2 -e inject=renameat2:error=ENOSPC:when=5 \
		"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	[[ $status == 1 ]]
	says 'cannot rename the pin '
	[[ $programs == "$(program_at xdp).$(program_at tc_ingress).$(program_at tc_egress)" ]]
	healthy
	[[ $(xnlb status -j | jq -r .mode) == multicast ]]
	decides 03:bf:c0:a8:01:64
}

# A driver that has no filter for single unicast addresses: promiscuous mode stands in.
@test "unicast on macvlan in bridge mode: promiscuous, and back" {
	on ip link add name mv0 link eth0 type macvlan mode bridge
	on ip link set mv0 up
	on ip addr flush dev eth0
	on ip addr add 192.168.1.3/24 dev mv0
	on ip addr add fd00::3/64 dev mv0 nodad
	INTERFACE=mv0 configure unicast
	snapshot before
	attach
	healthy
	on ip -d link show mv0 | grep -q '<.*PROMISC.*>'
	attach
	healthy
	on ip link set mv0 promisc off
	degraded 'missing: promiscuous mode of mv0'
	attach
	healthy
	# Another mode needs it no more.
	INTERFACE=mv0 configure multicast
	attach
	healthy
	run on ip link show mv0
	[[ $output != *PROMISC* ]]
	xnlb detach
	unchanged before
	# Without the journal nobody knows whose it is.
	INTERFACE=mv0 configure unicast
	attach
	on rm /sys/fs/bpf/xnlb/web/journal
	run xnlb detach
	[[ $status == 0 && $output == *'warning: mv0 is left in promiscuous mode'* ]]
	on bash -c "$(sed -n "s/.*if nobody does: \`\(.*\)'/\1/p" <<<"$output")"
	on sysctl -qw net/ipv4/conf/{mv0,default}/arp_{ignore,announce}=0
	unchanged before
	# Somebody's own stays.
	on ip link set mv0 promisc on
	snapshot before
	INTERFACE=mv0 configure unicast
	attach
	xnlb detach
	unchanged before
}
