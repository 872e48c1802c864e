#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The harness itself: whatever goes wrong in a guest is a failure that names the kernel, the test and the cause.

load ../tests/netns/helper.bash
load helper.bash

setup() {
	make_folders_of_test
	# Consoles of guests that are broken on purpose are not worth to be kept.
	export VM_LOG=$BATS_TEST_TMPDIR/log
	mkdir "$VM_LOG"
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
	"$BATS_TEST_DIRNAME/run" "$VM_KERNEL" "$LAB_DIR/broken.bats" >"$LAB_DIR/said" 2>&1 3>&- || status=$?
	cat "$LAB_DIR/said"
	((status != 0))
	[[ $(<"$LAB_DIR/said") == *"not ok 1 $VM_KERNEL: the program is loaded"*"invalid access to packet"* ]]
	grep -qE '^#   broken: +0 passed, 1 failed, 0 skipped, [0-9]+ s$' "$LAB_DIR/said"
}

@test "a panic" {
	fails 10 'echo c >/proc/sysrq-trigger'
	((STATUS == VM_BROKEN))
	names 'ended during: echo c >/proc/sysrq-trigger: Kernel panic - not syncing: sysrq triggered crash'
	[[ $SAID == *"---- the end of its console"*"sysrq_handle_crash"* ]]
	fails 10 'true'
	names 'has ended before: true'
	grep -q 'Kernel panic' "$VM_LOG/$VM_KERNEL.harness.$BATS_TEST_NUMBER.node1.console"
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

@test "the rate of its clock is given where cpu MHz is that of the counter, and nowhere else" {
	printf 'cpu MHz\t\t: 2445.402\nflags\t\t: fpu tsc hypervisor lahf_lm\n\ncpu MHz\t\t: 800.000\n' >"$LAB_DIR/virtual"
	sed 's/ hypervisor//' "$LAB_DIR/virtual" >"$LAB_DIR/metal"
	[[ $(guest_clock "$LAB_DIR/virtual") == tsc_early_khz=2445402 ]]
	[[ -z $(guest_clock "$LAB_DIR/metal") ]]
}

# stands_still: with 200 KB in `much`, more than the FIFO to QEMU holds. (A kernel whose CPU is a loop's may still take
# them.)
stands_still() {
	guest_monitor node1 '{"execute": "stop"}' >/dev/null
	head -c 200000 /dev/urandom >"$LAB_DIR/much"
}

@test "a guest that stands still is sent more than it takes" {
	local start=$SECONDS
	stands_still
	VM_GRACE=5 VM_STDIN=yes fails 3 'cat >/dev/null' <"$LAB_DIR/much"
	((STATUS == VM_BROKEN && SECONDS - start < 30))
	names 'does not take its input in 8 s: cat >/dev/null \(hang\)'
}

@test "it ends while it is sent more than it takes" {
	local start=$SECONDS
	stands_still
	(
		sleep 2
		guest_signal KILL node1
	) 3>&- &
	VM_STDIN=yes fails 60 'cat >/dev/null' <"$LAB_DIR/much"
	((STATUS == VM_BROKEN && SECONDS - start < 30))
	names 'ended during: cat >/dev/null'
}

@test "the monitor's answer that comes too late is not the next one's" {
	guest_signal STOP node1
	VM_GRACE=1 run guest_monitor node1 '{"execute": "query-status"}'
	((status == 1))
	guest_signal CONT node1
	guest_monitor node1 '{"execute": "query-version"}' | jq -e '.return.qemu'
}

@test "a process with the id of a guest that has ended is left alone" {
	local other
	sleep 60 3>&- &
	other=$!
	guest_signal KILL node1
	lab_until 10 guest_ended node1
	sed -i "s/^[0-9]*/$other/" "$VM_DIR/node1.qemu.pid"
	echo "$other" >"$VM_DIR/node1.qemu.parent"
	guests_down
	[[ ! -e $VM_DIR/node1.qemu.pid ]]
	kill "$other"
}

# started_with TEXT: there are processes that were started with it.
started_with() {
	grep -qsF -- "$1" /proc/[0-9]*/cmdline
}

gone() {
	! started_with "$1"
}

@test "a run is interrupted: its guests end" {
	local signal inner=$LAB_DIR/inner
	sed 's/^%test/@test/' >"$LAB_DIR/stays.bats" <<-END
		source "$BATS_TEST_DIRNAME/../tests/netns/lab.sh"
		source "$BATS_TEST_DIRNAME/guest.bash"
		%test "it stays" {
		    export VM_DIR=$inner VM_MEMORY=320
		    guest_boot node2
		    guest_ready node2
		    touch $inner/ready
		    guest_run node2 60 'sleep 50'
		}
	END
	for signal in INT TERM; do
		rm -rf "$inner"
		mkdir "$inner"
		# What is started in the background ignores SIGINT, and cannot change that.
		env --default-signal=INT "$BATS_TEST_DIRNAME/run" "$VM_KERNEL" "$LAB_DIR/stays.bats" >"$LAB_DIR/said" 2>&1 3>&- &
		lab_until 120 test -e "$inner/ready"
		started_with "$inner/node2.console"
		kill "-$signal" $!
		if wait $!; then false; fi
		lab_until 10 gone "$inner/node2.console"
	done
	# And no other's.
	guest_run node1 10 true
}
