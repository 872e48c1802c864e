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

# row_once TEXT: unless the table has it already.
row_once() {
	grep -qsxF -- "$*" "$VM_REPORT" || row "$*"
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
# one has none yet; nothing for a kernel without any, as one of somebody's own is. The table says so.
limits_file() {
	local own=$BATS_TEST_DIRNAME/limits/$VM_KERNEL/$VM_VERSION file
	file=$own
	[[ -e $own ]] || file=$(find "${own%/*}" -type f 2>/dev/null | sort -V | tail -n 1)
	if [[ -z $file ]]; then
		row_once "no limits in ${own#"$PWD/"}: measured, and compared with nothing"
	elif [[ $file != "$own" ]]; then
		row_once "no limits in ${own#"$PWD/"}: compared with ${file#"$PWD/"}"
	fi
	echo "$file"
}

# limit NAME: a number of that file; nothing if there is no file, and a failure if it has no such number.
limit() {
	local file number
	file=$(limits_file)
	[[ -n $file ]] || return 0
	number=$(awk -v name="$1" '$1 == name { print $2 }' "$file")
	if [[ ! $number =~ ^[0-9]+$ ]]; then
		echo "$1: the limit of $VM_KERNEL, $VM_VERSION in ${file#"$PWD/"} is '$number'" >&2
		return 1
	fi
	echo "$number"
}
