#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Beside other XDP programs, under libxdp's dispatcher: tests/attach/dispatcher.bats in one guest, on a cable
# between two of its namespaces. (What a kernel lets libxdp do is its own affair, so it takes other kernels.)

load ../tests/netns/helper.bash
load helper.bash

setup_file() {
	make_folders
	guest_boot node1
	guest_ready node1
}

teardown_file() {
	guests_down
}

@test "another XDP program on the interface" {
	# What may be another kernel's affair; each takes an emulated CPU half a minute.
	run guest_run node1 400 "bats --timing --tap tests/attach/dispatcher.bats \
		-f '^(programs before|without the key|another program|replaced under|ours is taken|somebody holds|the interface goes)'"
	grep -E '^(not )?ok ' <<<"$output" | sed 's/^/    /' >&3
	echo "$output"
	((status == 0))
	[[ $output == *1..7$'\n'* && $output != *"# skip"* ]]
}
