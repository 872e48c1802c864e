#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One guest: does this kernel take the programs, and do they decide as on any other? Which hooks are there?

load ../tests/netns/helper.bash
load helper.bash

# No lab about it: what has one brings it into the guest.
setup_file() {
	make_folders
	export VM_MEMORY=1024
	guest_boot node1
	guest_ready node1
}

teardown_file() {
	guests_down
}

# tables COMPILER [OPTION...]: runs those of its programs; the output is in $LAB_DIR/tables. They go one by one: each patches
# the kernel's text, which emulated CPUs do not like at the same time.
tables() {
	local status=0 most build=${XNLB%/*}
	[[ $1 == "clang 14" ]] || build+=/clang-14-clang-19
	most=$(limit verified)
	# Without a limit, that of the verifier itself.
	VM_SECONDS=400 guest_on node1 env "VERIFIED_MAX=${most:-1000000}" "$build/tests/bpf/tables" --timeout 240 -j1 \
		"${@:2}" >"$LAB_DIR/tables" 2>&1 || status=$?
	cat "$LAB_DIR/tables"
	return "$status"
}

verified() {
	local program most
	tables "$1" --filter 'verifier/*'
	for program in xnlb_xdp xnlb_ingress xnlb_egress; do
		most=$(sed -n "s/^# $program, .*: \([0-9]*\) instructions.*/\1/p" "$LAB_DIR/tables" | sort -n | tail -1)
		[[ -n $most ]]
		row "verified instructions, $1, $program: at most $most"
	done
}

@test "the programs of clang 14 pass the verifier" {
	verified "clang 14"
}

@test "the programs of clang 19 pass the verifier" {
	verified "clang 19"
}

# decide COMPILER LEAST [OPTION...]: that many tests of packets, or more.
decide() {
	tables "$1" "${@:3}"
	row "packet tables, $1: $(sed -n 's/.*Synthesis: //p' "$LAB_DIR/tables")"
	(($(sed -n 's/.*Tested: \([0-9]*\) .*/\1/p' "$LAB_DIR/tables") >= $2))
}

@test "the programs decide by the packet tables" {
	decide "clang 14" 60
}

# What `make` builds by itself is above; of the other compiler's the rules are enough here, and bpf-test has all.
@test "the programs of clang 19 decide by the rules" {
	decide "clang 19" 4 --filter 'xdp/*'
}

# labs NUMBER FILE OPTION...: labs of this kernel's namespaces, in the guest, so many tests of a file.
labs() {
	local status=0 ran skipped number=$1
	shift
	VM_SECONDS=500 guest_on node1 env "XNLB=$XNLB" "LAB_TOOLS=$LAB_TOOLS" bats --tap --timing "$@" >"$LAB_DIR/labs" 2>&1 || status=$?
	sed -E 's/^((not )?ok )/    \1/; s/^/# /' "$LAB_DIR/labs" >&3
	skipped=$(grep -c '^ok.*# skip' "$LAB_DIR/labs") || :
	ran=$(($(grep -c '^ok' "$LAB_DIR/labs") - skipped)) || :
	row "labs in the guest, $(basename "$1"): $ran passed, $skipped skipped"
	((!status && ran > 0 && ran + skipped == number))
}

@test "lab: programs of somebody else" {
	labs 5 tests/attach/foreign.bats -f '^XDP, (native|by a link)|^tcx: who comes|^clsact: (filters|our place)'
}

# An emulated CPU has time for one test of each of these files: one takes it 15 to 30 s, a whole file many minutes. Not
# here: what asks for tcx (some of `replace`) or renames an interface that is up (some of `nic`), which 6.1 does not
# have; `flows`, `hooks` and `quiet`, whose four nodes with servers take a minute to be there before the first flow;
# `members` and `handover`, whose four daemons on one such CPU need more than the 5 s that they have to agree. `cluster`
# has a guest for each of those nodes.
@test "lab: another MAC of the interface" {
	labs 1 tests/attach/nic.bats -f '^another MAC$'
}

@test "lab: replaced, with another default" {
	labs 1 tests/attach/replace.bats -f '^drop by default, and back$'
}

@test "lab: two instances" {
	labs 1 tests/attach/instances.bats -f '^two instances'
}
