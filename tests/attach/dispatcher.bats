#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Under libxdp's dispatcher: other programs before and behind ours, which come and go as they like.

load helper.bash

setup_file() {
	if ! can_dispatch; then
		export CANNOT="this kernel does not let programs replace functions (freplace)"
	fi
}

setup() {
	[[ -z ${CANNOT:-} ]] || skip "$CANNOT"
	make_node
	shared
}

teardown() {
	[[ -n ${CANNOT:-} ]] || lab_down
}

# can_dispatch: libxdp itself can, on this kernel. (Where it cannot, it attaches the program alone.)
can_dispatch() {
	local can=0
	export LAB_DIR=$BATS_FILE_TMPDIR
	lab_machine tried
	lab_on tried xdp-loader load -m skb -n chain_count lo "$LAB_TOOLS/chain.bpf.o" >&2 || true
	lab_on tried xdp-loader status lo | grep -q xdp_dispatcher || can=1
	lab_down
	return "$can"
}

# shared [RULES]: the configuration says so.
shared() {
	configure multicast '192.168.1.100, "fd00::100"' "$@"
	sed -i 's/^  interface: .*/&\n  attach: dispatcher/' "$LAB_DIR/web.yaml"
}

alone() { sed -i '/attach: dispatcher/d' "$LAB_DIR/web.yaml"; }

# join PROGRAM PRIORITY [MODE]: another program's owner attaches it.
join() {
	on xdp-loader load -m "${3-native}" -P "$2" -n "$1" eth0 "$LAB_TOOLS/chain.bpf.o"
}

# leave PROGRAM: and takes it away again.
leave() { on xdp-loader unload -i "$(id_of "$1")" eth0; }

# chain: the programs that are called, in their order, with their ids: "=> PRIORITY NAME ID TAG ACTIONS".
chain() { on xdp-loader status eth0 | grep '=>' || true; }

# names: the same, their names alone.
names() { chain | awk '{ printf "%s%s", (NR > 1 ? " " : ""), $3 }'; }

id_of() { chain | awk -v name="$1" '$3 == name { print $4; exit }'; }

# seen PROGRAM group|single: what it has counted.
seen() {
	on bpftool -j map dump id "$(on bpftool -j prog show id "$(id_of "$1")" | jq '.map_ids[0]')" |
		jq "[.. | objects | .chain_$2 // empty | numbers][0]"
}

# knocks COUNT: so many packets to the cluster MAC, each from a port of its own.
knocks() {
	learn 192.168.1.100 03:bf:c0:a8:01:64
	lab_on peer bash -c "for ((i = 0; i < $1; i++)); do echo >/dev/udp/192.168.1.100/53; done" 2>/dev/null
}

# keep_knocking: the same, one in some milliseconds, until there is the file `enough`; then `sent` has how many.
keep_knocking() {
	learn 192.168.1.100 03:bf:c0:a8:01:64
	mkfifo "$LAB_DIR/silent"
	lab_on peer bash -c "exec 9<>$LAB_DIR/silent
	for ((i = 0; ; i++)); do
		[[ ! -e $LAB_DIR/enough ]] || break
		read -rt 0.002 -u 9
		echo >/dev/udp/192.168.1.100/53
	done
	echo \$i >$LAB_DIR/sent" 2>/dev/null
}

# decided: packets that ours has decided, for the node or for another one.
decided() {
	xnlb status -j | jq '.counters | [.["own-bucket"], .["other-bucket"], .["wrong-mac"], .["wrong-mac-drop"]] | add'
}

has_decided() { (($(decided) >= $1)); }

# taken: UDP packets that the node's stack has had, with a socket or without.
taken() { on awk '/^Udp: [0-9]/ { print $2 + $3 }' /proc/net/snmp; }

@test "programs before and behind ours: what one drops no later one sees, what one passes goes on" {
	local before behind
	join chain_count 40
	attach
	[[ $output == "" ]]
	[[ $(names) == "chain_count xnlb_xdp" ]]
	healthy
	[[ $output == *"XDP native under libxdp's dispatcher"* ]]
	[[ $(xnlb status -j | jq -r .attach,.xdp) == $'dispatcher\nnative' ]]
	knocks 24
	lab_until 5 has_decided 24
	# Before ours all of the cluster's frames, of every node.
	(($(seen chain_count group) == 24))
	(($(counter own-bucket) > 0 && $(counter other-bucket) > 0))
	leave chain_count
	join chain_count 70
	[[ $(names) == "xnlb_xdp chain_count" ]]
	before=$(counter own-bucket)
	knocks 24
	lab_until 5 has_decided 48
	# Behind ours those alone that are this node's, to its own MAC.
	behind=$(seen chain_count single)
	(($(seen chain_count group) == 0 && behind == $(counter own-bucket) - before && behind > 0))
	leave chain_count
	join chain_drop 40
	knocks 8
	(($(seen chain_drop group) == 8 && $(decided) == 48))
	# What is left of ours is all that was of it.
	xnlb detach
	[[ $(names) == chain_drop && $(xdp_program) == xdp_dispatcher ]]
	leave chain_drop
	[[ $(xdp_program) == "" ]]
}

@test "who is there already gives the mode" {
	join chain_count 50 skb
	fails 1 "libxdp's dispatcher is attached there in generic mode" attach --xdp native
	attach
	healthy
	[[ $output == *"XDP generic under libxdp's dispatcher"* ]]
	decides 03:bf:c0:a8:01:64
	xnlb detach
	[[ $(names) == chain_count ]]
}

@test "without the key another's dispatcher is left alone, and named with its programs" {
	alone
	join chain_count 50
	refused 1 "another XDP program is attached, \"xdp_dispatcher\"" attach
	[[ $output == *'with "chain_count"'* && $output == *"attach: dispatcher"* ]]
	run told_command
	# shellcheck disable=SC2086 # a command line
	on $output
	attach
	[[ $(xdp_program) == xnlb_xdp ]]
	# And the other way round.
	run join chain_count 50
	((status != 0))
	[[ $(xdp_program) == xnlb_xdp ]]
	shared
	fails 1 "XDP is attached as attach: exclusive says" attach
	healthy
}

@test "another program that no dispatcher calls: refused, by netlink or by a link" {
	foreign
	on ip link set dev eth0 xdpdrv pinned /sys/fs/bpf/somebodys/somebodys_xdp
	refused 1 "another XDP program is attached, \"somebodys_xdp\"" attach
	on ip link set dev eth0 xdpdrv off
	on "$LAB_TOOLS/hold" xdp eth0 /sys/fs/bpf/somebodys/somebodys_xdp /sys/fs/bpf/somebodys/link
	fails 1 "another XDP program is attached, \"somebodys_xdp\"" attach
}

@test "replaced under traffic, beside a program that comes and goes: no packet is lost, none taken twice" {
	local here knocking sent
	join chain_count 40
	attach
	here=$(taken)
	keep_knocking &
	knocking=$!
	lab_until 10 has_decided 20
	attach
	leave chain_count
	attach
	join chain_count 40
	attach
	touch "$LAB_DIR/enough"
	wait "$knocking"
	sent=$(<"$LAB_DIR/sent")
	lab_until 10 has_decided "$sent"
	[[ $(names) == "chain_count xnlb_xdp" ]]
	healthy
	echo "sent $sent, decided $(decided), taken $(($(taken) - here)): $(xnlb status -j | jq -c .counters)"
	# One that was between two programs when the turn changed may have been counted by both.
	(($(decided) - sent <= 3))
	(($(counter no-filter) == 0))
	(($(taken) - here == $(counter own-bucket)))
}

@test "ours is taken away, or the dispatcher is: status says so, nothing gets in, attach mends it" {
	local here
	join chain_count 40
	attach
	leave xnlb_xdp
	degraded "missing: XDP program on eth0 under libxdp's dispatcher"
	here=$(taken)
	knocks 16
	lab_until 5 counts no-filter 15
	(($(taken) == here))
	attach
	healthy
	[[ $(names) == "chain_count xnlb_xdp" ]]
	on xdp-loader unload eth0 --all
	degraded "missing: XDP program on eth0 under libxdp's dispatcher"
	attach
	healthy
	[[ $(names) == xnlb_xdp ]]
	# Somebody else's, in its place.
	on xdp-loader unload eth0 --all
	foreign
	on ip link set dev eth0 xdpdrv pinned /sys/fs/bpf/somebodys/somebodys_xdp
	degraded "missing: XDP program on eth0 under libxdp's dispatcher"
	xnlb detach
	[[ $(xdp_program) == somebodys_xdp ]]
}

# shares: the node takes a part of what comes, whichever program judges, and whatever counts it.
shares() {
	local here before
	here=$(taken)
	before=$(seen chain_count group)
	knocks 32
	lab_until 5 saw $((before + 32))
	here=$(($(taken) - here))
	((here > 0 && here < 32))
}

saw() { (($(seen chain_count group) == $1)); }

# killed CALL NUMBER: attach, killed as it enters that system call for that time.
killed() {
	local code=0
	on strace -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
		"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1 || code=$?
	((code == 137)) || {
		echo "$1 $2: exit $code"
		return 1
	}
}

# It waits for each change of the chain.
@test "killed on its way: the next attach or detach cleans up" {
	join chain_count 40
	snapshot before
	killed wait4 1 # it has joined, the first of ours
	attach
	healthy
	[[ $(names) == "chain_count xnlb_xdp" ]]
	killed wait4 1 # beside the former
	[[ $(names) == "chain_count xnlb_xdp xnlb_xdp" ]]
	degraded "an attach ended in the middle"
	shares
	killed wait4 2 # the former ones have left
	shares
	xnlb detach
	[[ $(names) == chain_count ]]
	# The numbers of libxdp's dispatcher and of its pins are others each time.
	snapshot after
	diff <(grep -vE 'bpf/xdp|prog/xdp' "$LAB_DIR/before") <(grep -vE 'bpf/xdp|prog/xdp' "$LAB_DIR/after")
}

@test "a replacement fails when ours is in the chain already: the former one is back" {
	local former
	join chain_count 40
	attach
	former=$(id_of xnlb_xdp)
	# The pins get their new names last.
	fails 1 'cannot rename the pin' on strace -qq -o /dev/null -e trace=renameat2 \
		-e inject=renameat2:error=EIO:when=1 "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	[[ $(names) == "chain_count xnlb_xdp" && $(id_of xnlb_xdp) == "$former" ]]
	healthy
	decides 03:bf:c0:a8:01:64
}

members() { [[ $(xnlb status -j | jq -r '.convergence.state') == converged ]]; }
rule_is() { members && [[ $(xnlb status -j | jq -r '.rules[0].name') == "$1" ]]; }

@test "the daemon: another configuration, a restart, and ours is mended while it runs" {
	local daemon former
	join chain_count 40
	lab_start node "$LAB_DIR/run" "$XNLB" run -c "$LAB_DIR/web.yaml" --node node1
	daemon=$LAB_STARTED
	lab_until 20 members
	former=$(id_of xnlb_xdp)
	shared '  - {name: ntp, ports: 123, protocol: udp, affinity: none}'
	kill -HUP "$daemon"
	lab_until 20 rule_is ntp
	[[ $(names) == "chain_count xnlb_xdp" && $(id_of xnlb_xdp) != "$former" ]]
	alone
	kill -HUP "$daemon"
	lab_until 10 grep -q 'changes attach' "$LAB_DIR/run.err"
	shared '  - {name: ntp, ports: 123, protocol: udp, affinity: none}'
	former=$(id_of xnlb_xdp)
	kill -KILL "$daemon"
	wait "$daemon" || true
	lab_start node "$LAB_DIR/run" "$XNLB" run -c "$LAB_DIR/web.yaml" --node node1
	daemon=$LAB_STARTED
	lab_until 20 members
	[[ $(id_of xnlb_xdp) == "$former" ]]
	leave xnlb_xdp
	lab_until 10 grep -q 'missing: XDP program' "$LAB_DIR/run.err"
	kill -HUP "$daemon"
	lab_until 20 members
	[[ $(names) == "chain_count xnlb_xdp" ]]
	lab_stop "$daemon"
	xnlb detach
	[[ $(names) == chain_count ]]
}

gives_up() {
	local said
	if said=$("$@" 2>&1); then return 1; fi
	echo "$said"
	[[ $said == *"warning: libxdp does not come back: another process may hold its lock, of /sys/fs/bpf/xdp"* ]]
}

locked() { ! on flock -n /sys/fs/bpf/xdp true; }

@test "somebody holds libxdp's lock: attach and detach give up and say so, and work when it is free" {
	join chain_count 40
	lab_start node "$LAB_DIR/holder" flock -F /sys/fs/bpf/xdp sleep 100
	lab_until 5 locked
	gives_up attach
	lab_stop "$LAB_STARTED" || true
	[[ $(names) == chain_count ]]
	attach
	healthy
	lab_start node "$LAB_DIR/holder" flock -F /sys/fs/bpf/xdp sleep 100
	lab_until 5 locked
	gives_up xnlb detach
	lab_stop "$LAB_STARTED" || true
	xnlb detach
	[[ $(names) == chain_count ]]
}

@test "the interface goes: nothing of ours is kept behind" {
	attach
	on ip link del eth0
	xnlb detach
	[[ $(on find /sys/fs/bpf/xdp -mindepth 1) == "" ]]
}
