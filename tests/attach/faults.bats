#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Each system call of attach and detach fails once, and each that changes the machine is where the
# command is killed once; faults.sh says what must be left then.

load helper.bash

# FAULTS=K/N: of each N points the one whose turn it is in the K-th run; FAULTS=all: all of them.
[[ ${FAULTS:=all} != all ]] || FAULTS=0/1
TURN=${FAULTS%/*} TURNS=${FAULTS#*/}

setup_file() {
	[[ $TURN =~ ^[0-9]+$ && $TURNS =~ ^[1-9][0-9]*$ ]] || {
		echo "FAULTS is K/N or all, not '$FAULTS'" >&2
		return 1
	}
	((TURNS == 1)) || say "FAULTS=$FAULTS: one of $TURNS points; FAULTS=all for all of them"
}

# say TEXT...: a line in the test's report, also when it passes.
say() {
	echo "# $*" >&3
}

# share NUMBER HOW SCENARIO [CALL=ERROR...]: one of the two halves of this run's points, on a node of its own.
share() {
	local turns=$TURNS
	((TURNS == 1)) || turns=$((TURNS * ${RARE-1}))
	trap lab_down EXIT
	make_node "$1"
	configure "$MODE"
	write_config igmp '192.168.1.100, 192.168.1.101, "fd00::101"' >"$LAB_DIR/other.yaml"
	SHARE="$((TURN % turns * 2 + $1))/$((turns * 2))" on "$BATS_TEST_DIRNAME/faults.sh" "${@:2}" |
		tee "$BATS_TEST_TMPDIR/$1.said"
	return "${PIPESTATUS[0]}"
}

# faults HOW SCENARIO [CALL=ERROR...]: multicast, and igmp in its place. RARE: the turn of a point comes so many
# times less often.
faults() {
	local other code=0
	export MODE=${MODE-multicast}
	(share 0 "$@") 3>&- &
	other=$!
	(share 1 "$@") || code=1
	wait "$other" || code=1
	say "$(awk '/ points, / { sum += $(NF - 3) } END { print sum + 0 }' "$BATS_TEST_TMPDIR"/*.said) points"
	return $code
}

# The same over what is left of the kernel's ways: filters instead of links, generic XDP, the NIC's
# unicast filter.
faults_elsewhere() {
	MODE=unicast OPTIONS="--tc clsact --xdp generic" faults "$@"
}

@test "each call of a first attach fails" {
	faults error first
}

@test "each call of a replacing attach fails" {
	faults error replace
}

@test "each call of a detach fails" {
	faults error detach
}

@test "a first attach fails, and so does a step of its way back" {
	faults twice first renameat2
}

@test "a replacing attach fails, and so does a step of its way back" {
	RARE=4 faults twice replace renameat2
}

@test "killed at each step of a first attach" {
	faults kill first
}

@test "killed at each step of a replacing attach" {
	faults kill replace
}

@test "killed at each step of a detach" {
	faults kill detach
}

@test "clsact, generic XDP, unicast: calls of a first attach fail" {
	faults_elsewhere error first bpf=EPERM sendto=ENOBUFS recvmsg=ENOMEM
}

@test "clsact, generic XDP, unicast: calls of a replacing attach fail" {
	faults_elsewhere error replace bpf=EPERM sendto=ENOBUFS recvmsg=ENOMEM
}

@test "clsact, generic XDP, unicast: calls of a detach fail" {
	faults_elsewhere error detach bpf=EPERM sendto=ENOBUFS recvmsg=ENOMEM
}

@test "clsact, generic XDP, unicast: killed while replacing" {
	faults_elsewhere kill replace sendto bpf
}
