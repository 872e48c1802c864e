#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One guest: does this kernel take the programs, and do they decide as on any other? Which hooks are there?

load ../tests/netns/helper.bash
load helper.bash

setup_file() {
	make_folders
	export LAB_NODES=node1 VM_CPUS=2 VM_MEMORY=1024
	guest_lab
}

teardown_file() {
	guest_lab_down
}

# tables BUILD: the packet tables, and what the verifier says to programs of another compiler.
tables() {
	VM_SECONDS=300 guest_on node1 "$1/tests/bpf/tables" --timeout 240 -j2
}

@test "the programs of clang 14 pass the verifier, and decide by the packet tables" {
	run --separate-stderr tables "${XNLB%/*}"
	echo "$output"; echo "$stderr"
	((status == 0))
}

@test "the programs of clang 19 pass the verifier, and decide by the packet tables" {
	run --separate-stderr tables "${XNLB%/*}/clang-14-clang-19"
	echo "$output"; echo "$stderr"
	((status == 0))
}
