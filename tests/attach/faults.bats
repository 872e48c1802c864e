#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Each system call of attach and detach fails once, and each that changes the machine is where the
# command is killed once; faults.sh says what must be left then.

load helper.bash

# share NUMBER HOW SCENARIO [CALL=ERROR...]: one of two shares of the points, or with SHARES one of more,
# of which the others are left out; on a node of its own.
share() {
	trap lab_down EXIT
	make_node "$1"
	configure "$MODE"
	write_config igmp '192.168.1.100, 192.168.1.101, "fd00::101"' >"$LAB_DIR/other.yaml"
	SHARE="$1/${SHARES-2}" on "$BATS_TEST_DIRNAME/faults.sh" "${@:2}"
}

# faults HOW SCENARIO [CALL=ERROR...]: multicast, and igmp in its place.
faults() {
	local other code=0
	export MODE=${MODE-multicast}
	(share 0 "$@") 3>&- &
	other=$!
	(share 1 "$@") || code=1
	wait "$other" || code=1
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
	SHARES=8 faults twice replace renameat2
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
