#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The harness itself: whatever goes wrong in a guest is a failure that names the kernel, the test and the cause.

load ../tests/netns/helper.bash
load helper.bash

setup() {
	make_folders_of_test
	VM_MEMORY=320 guest_boot node1
	guest_ready node1
}

teardown() {
	guests_down
}

# make_folders_of_test: each of these ends its guest.
make_folders_of_test() {
	VM_DIR=$BATS_TEST_TMPDIR/vm LAB_DIR=$BATS_TEST_TMPDIR/lab
	mkdir "$VM_DIR" "$LAB_DIR"
}

# fails SECONDS SCRIPT: it does, with an exit status in STATUS; what is said of it is in SAID.
fails() {
	STATUS=0
	SAID=$(guest_run node1 "$@" 2>&1) || STATUS=$?
	echo "$SAID"
	((STATUS != 0))
}

# names CAUSE: the kernel, this test and the cause (a regular expression) are in one line.
names() {
	grep -qE "^vmtest: kernel $VM_KERNEL, test \"$BATS_TEST_DESCRIPTION\", guest node1: .*$1" <<<"$SAID"
}

@test "output and exit status of a command come back" {
	[[ $(guest_run node1 10 'echo one; printf "two\nthree"; echo other >&2' 2>"$LAB_DIR/err") == $'one\ntwo\nthree' ]]
	[[ $(<"$LAB_DIR/err") == other ]]
	fails 10 'exit 7'
	((STATUS == 7))
	[[ $(VM_STDIN=yes guest_run node1 10 'tr a-z A-Z' <<<"quiet") == QUIET ]]
	[[ $(guest_run node1 10 'uname -r') == "$(guest_run node1 10 'cat /proc/sys/kernel/osrelease')" ]]
}

@test "a command that takes too long is killed, and the guest goes on" {
	fails 2 'sleep 100'
	((STATUS == 124))
	[[ $SAID == *"vmtest: kernel $VM_KERNEL, guest node1: killed after 2 s: sleep 100"* ]]
	guest_run node1 10 true
}

# In a test file of its own, as any other is run.
@test "a broken program: the test fails, and the verifier says why" {
	local status=0
	lab_copy node1 "$LAB_TOOLS/broken.bpf.o"
	# What begins like a test would be taken for one here.
	sed 's/^%test/@test/' >"$LAB_DIR/broken.bats" <<-END
		source "$BATS_TEST_DIRNAME/../tests/netns/lab.sh"
		source "$BATS_TEST_DIRNAME/guest.bash"
		%test "the program is loaded" {
		    VM_DIR=$VM_DIR guest_run node1 30 'bpftool prog load $LAB_TOOLS/broken.bpf.o /sys/fs/bpf/broken'
		}
	END
	VM_LOG=$LAB_DIR/log "$BATS_TEST_DIRNAME/run" "$VM_KERNEL" "$LAB_DIR/broken.bats" >"$LAB_DIR/said" 2>&1 3>&- || status=$?
	cat "$LAB_DIR/said"
	((status != 0))
	[[ $(<"$LAB_DIR/said") == *"not ok 1 $VM_KERNEL: the program is loaded"*"invalid access to packet"* ]]
}

@test "a panic" {
	fails 10 'echo c >/proc/sysrq-trigger'
	((STATUS == VM_BROKEN))
	names 'ended during: echo c >/proc/sysrq-trigger: Kernel panic - not syncing: sysrq triggered crash'
	[[ $SAID == *"---- the end of its console"*"sysrq_handle_crash"* ]]
	fails 10 'true'
	names 'has ended before: true'
}

@test "a hang" {
	# The only CPU is a loop's, which leaves nothing to others: newer kernels reserve some for them in two places.
	guest_run node1 10 'echo -1 >/proc/sys/kernel/sched_rt_runtime_us
		mount -t debugfs debugfs /sys/kernel/debug
		! [[ -e /sys/kernel/debug/sched/fair_server ]] || echo 0 >/sys/kernel/debug/sched/fair_server/cpu0/runtime
		setsid bash -c "sleep 1; exec chrt -f 99 bash -c \"while :; do :; done\"" >/dev/null 2>&1 &'
	VM_GRACE=5 fails 3 'sleep 2; true'
	((STATUS == VM_BROKEN))
	names 'does not answer after 8 s: sleep 2; true \(hang\)'
}

@test "it ends: somebody killed it" {
	guest_signal KILL node1
	lab_until 10 guest_ended node1
	fails 10 true
	((STATUS == VM_BROKEN))
	names 'has ended before: true'
}
