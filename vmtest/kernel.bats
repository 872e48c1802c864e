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

# tables BUILD COMPILER: the packet tables, and what the verifier says to programs of a compiler. The tests go one by one:
# each patches the kernel's text, which emulated CPUs do not like at the same time.
tables() {
	local status=0 most program
	most=$(limit verified)
	# Without a limit, that of the verifier itself.
	VM_SECONDS=400 guest_on node1 env "VERIFIED_MAX=${most:-1000000}" "$1/tests/bpf/tables" --timeout 240 -j1 \
		>"$LAB_DIR/tables" 2>&1 || status=$?
	cat "$LAB_DIR/tables"
	row "packet tables, $2: $(sed -n 's/.*Synthesis: //p' "$LAB_DIR/tables")"
	for program in xnlb_xdp xnlb_ingress xnlb_egress; do
		row "verified instructions, $2, $program: at most" \
			"$(sed -n "s/^# $program, .*: \([0-9]*\) instructions.*/\1/p" "$LAB_DIR/tables" | sort -n | tail -1)"
	done
	return "$status"
}

@test "the programs of clang 14 pass the verifier, and decide by the packet tables" {
	tables "${XNLB%/*}" "clang 14"
}

@test "the programs of clang 19 pass the verifier, and decide by the packet tables" {
	tables "${XNLB%/*}/clang-14-clang-19" "clang 19"
}

# Labs of this kernel's namespaces, in the guest.
labs() {
	local status=0 ran skipped
	VM_SECONDS=500 guest_on node1 env "XNLB=$XNLB" "LAB_TOOLS=$LAB_TOOLS" bats --tap --timing "$@" >"$LAB_DIR/labs" 2>&1 || status=$?
	sed -E 's/^((not )?ok )/    \1/; s/^/# /' "$LAB_DIR/labs" >&3
	skipped=$(grep -c '^ok.*# skip' "$LAB_DIR/labs") || :
	ran=$(($(grep -c '^ok' "$LAB_DIR/labs") - skipped)) || :
	row "labs in the guest, $(basename "$1"): $ran passed, $skipped skipped"
	# Nothing shown is no success.
	((status || ran)) || status=1
	return "$status"
}

@test "lab: each request for the cluster IPs has one answer on the wire" {
	labs tests/netns/quiet.bats -f multicast
}

@test "lab: programs of somebody else" {
	labs tests/attach/foreign.bats -f '^XDP, (native|by a link)|^tcx: who comes|^clsact: (filters|our place)'
}

# An emulated CPU has time for one test of each of these files: one takes it 20 to 130 s, a whole file many minutes. Not
# here: what asks for tcx (some of `replace`) or renames an interface that is up (some of `nic`), which 6.1 does not
# have; `flows` and `hooks`, whose four nodes with servers take a minute to be there before the first flow, as those of
# `quiet` do; `members` and `handover`, whose four daemons on one such CPU need more than the 5 s that they have to
# agree: `cluster` has a guest for each.
@test "lab: another MAC of the interface" {
	labs tests/attach/nic.bats -f '^another MAC$'
}

@test "lab: replaced, with another default" {
	labs tests/attach/replace.bats -f '^drop by default, and back$'
}

@test "lab: two instances" {
	labs tests/attach/instances.bats -f '^two instances'
}
