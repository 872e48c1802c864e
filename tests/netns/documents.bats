#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the documents show of a running node is what a running node shows.

load helper.bash

setup_file() {
	make_lab
	use multicast
	requests 4 100 1
}

teardown_file() {
	lab_down
}

# shown DOCUMENT: its commands, for the lab's instance.
shown() {
	awk -f "$BATS_TEST_DIRNAME/documents.awk" "$LAB_ROOT/$1" | sed 's,/xnlb/web/,/xnlb/lab/,g'
}

@test "maps/README.md: every command runs, and shows the fields that it is said to show" {
	local line command fields field output count=0
	while IFS=$'\t' read -r line command fields; do
		output=$(lab_on node1 bash -o pipefail -c "$command") ||
			{ echo "maps/README.md:$line: failed: $command"; return 1; }
		for field in $fields; do
			[[ $output == *"\"$field\":"* ]] || {
				echo "maps/README.md:$line: no \"$field\" in the output of: $command"
				echo "$output" | head
				return 1
			}
		done
		count=$((count + 1))
	done < <(shown maps/README.md)
	say "$count commands"
	((count >= 9))
}

@test "maps/README.md: all that is pinned is there: maps with a section each, no section is of something else" {
	local pin links_and_programs='xdp|tc_.*|xnlb_.*'
	diff <(sed -n 's/^## \([a-z_]*\)$/\1/p' "$LAB_ROOT/maps/README.md" | sort) \
		<(lab_on node1 ls /sys/fs/bpf/xnlb/lab | grep -vxE "$links_and_programs" | sort)
	for pin in $(lab_on node1 ls /sys/fs/bpf/xnlb/lab | grep -xE "$links_and_programs"); do
		sed -n '/^## The programs and links/,$p' "$LAB_ROOT/maps/README.md" | grep -F "\`$pin\`" ||
			{ echo "maps/README.md: nothing of the pin $pin"; return 1; }
	done
}
