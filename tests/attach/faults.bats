#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Each system call of attach and detach fails once, and each that changes the machine is where the
# command is killed once; faults.sh says what must be left then.

load helper.bash

setup() {
	make_node
}

teardown() {
	lab_down
}

# faults HOW SCENARIO [CALL=ERROR...]: multicast, and igmp in its place.
faults() {
	write_config igmp '192.168.1.100, 192.168.1.101, "fd00::101"' >"$LAB_DIR/other.yaml"
	on "$BATS_TEST_DIRNAME/faults.sh" "$@"
}

# The same over what is left of the kernel's ways: filters instead of links, generic XDP, the NIC's
# unicast filter.
faults_elsewhere() {
	configure unicast
	OPTIONS="--tc clsact --xdp generic" faults "$@" bpf=EPERM sendto=ENOBUFS recvmsg=ENOMEM
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
	faults_elsewhere error first
}

@test "clsact, generic XDP, unicast: calls of a replacing attach fail" {
	faults_elsewhere error replace
}

@test "clsact, generic XDP, unicast: calls of a detach fail" {
	faults_elsewhere error detach
}

@test "clsact, generic XDP, unicast: killed while replacing" {
	configure unicast
	OPTIONS="--tc clsact --xdp generic" faults kill replace sendto bpf
}
