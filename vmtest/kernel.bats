#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One guest: does this kernel take the programs, and do they decide as on any other? Which hooks are there?

load ../tests/netns/helper.bash
load helper.bash

setup_file() {
	make_folders
	export LAB_NODES=node1 VM_MEMORY=1024
	guest_lab
}

teardown_file() {
	guest_lab_down
}

# tables BUILD: the packet tables, and what the verifier says to programs of a compiler. The tests go one by one: each
# patches the kernel's text, which emulated CPUs do not like at the same time.
tables() {
	local status=0 most
	most=$(limit verified)
	# Without a limit, that of the verifier itself.
	VM_SECONDS=400 guest_on node1 env "VERIFIED_MAX=${most:-1000000}" "$1/tests/bpf/tables" --timeout 240 -j1 \
		>"$LAB_DIR/tables" 2>&1 || status=$?
	cat "$LAB_DIR/tables"
	row "packet tables, $2: $(sed -n 's/.*Synthesis: //p' "$LAB_DIR/tables"), verified instructions at most" \
		"$(sed -n 's/.*xnlb_xdp.*: \([0-9]*\) instructions.*/\1/p' "$LAB_DIR/tables" | sort -n | tail -1)"
	return "$status"
}

@test "the programs of clang 14 pass the verifier, and decide by the packet tables" {
	tables "${XNLB%/*}" "clang 14"
}

@test "the programs of clang 19 pass the verifier, and decide by the packet tables" {
	tables "${XNLB%/*}/clang-14-clang-19" "clang 19"
}

# Labs of four namespaces on this kernel, in the guest: who answers on the wire, and what somebody else has attached.
labs() {
	local status=0
	VM_SECONDS=500 guest_on node1 env "XNLB=$XNLB" "LAB_TOOLS=$LAB_TOOLS" bats --tap --timing "$@" >"$LAB_DIR/labs" 2>&1 || status=$?
	sed -E 's/^((not )?ok )/    \1/; s/^/# /' "$LAB_DIR/labs" >&3
	row "labs in the guest, $(basename "$1"): $(grep -c '^ok' "$LAB_DIR/labs") passed, $(grep -c '^ok.*# skip' "$LAB_DIR/labs") of them skipped"
	return "$status"
}

@test "lab: each request for the cluster IPs has one answer on the wire" {
	labs tests/netns/quiet.bats -f multicast
}

@test "lab: programs of somebody else" {
	labs tests/attach/foreign.bats
}
