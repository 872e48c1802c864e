# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the tests in guests share.

# shellcheck source=vmtest/lab.bash
source "$(dirname "${BASH_SOURCE[0]}")/lab.bash"

# make_folders: for setup_file, before a guest boots.
make_folders() {
	VM_DIR=$BATS_FILE_TMPDIR/vm LAB_DIR=$BATS_FILE_TMPDIR/lab
	export VM_DIR LAB_DIR VM_KERNEL VM_BUILD
	mkdir "$VM_DIR" "$LAB_DIR"
}

# row TEXT: a line of the table that `make vmtest` ends with.
row() {
	echo "$*" >>"$VM_REPORT"
	echo "# $*" >&3
}

# at_least VERSION: is the guests' kernel this one, or a later one?
at_least() {
	printf '%s\n' "$1" "$VM_VERSION" | sort -CV
}

# the_tc_hook: what xnlb takes by itself on this kernel.
the_tc_hook() {
	if at_least 6.6; then echo tcx; else echo clsact; fi
}

# limits_file: the limits of this kernel's package version; of the same kernel's newest version that has some, if this
# one has none yet.
limits_file() {
	local own=$BATS_TEST_DIRNAME/limits/$VM_KERNEL/$VM_VERSION list
	if [[ -e $own ]]; then
		echo "$own"
	else
		mapfile -t list < <(find "$BATS_TEST_DIRNAME/limits/$VM_KERNEL" -type f 2>/dev/null | sort -V)
		echo "${list[-1]:-}"
	fi
}

# limit NAME: a number of it.
limit() {
	local file
	file=$(limits_file)
	[[ -z $file ]] || awk -v name="$1" '$1 == name { print $2 }' "$file"
}
