#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The harness itself: whatever goes wrong in a guest is a failure that names the kernel, the test and the cause.

load ../tests/netns/helper.bash
load helper.bash
load counting.bash

# One guest for the tests that leave it as it is.
setup_file() {
	make_folders
	boot
}

teardown_file() {
	guests_down
}

boot() {
	VM_MEMORY=320 guest_boot node1
	guest_ready node1
}

setup() {
	LAB_DIR=$BATS_TEST_TMPDIR/lab
	# For what calls the tests' runner anew.
	unset VM_UNTIL
	# Consoles of guests that are broken on purpose are not worth to be kept.
	export VM_LOG=$BATS_TEST_TMPDIR/log
	mkdir "$LAB_DIR" "$VM_LOG"
}

# own_guest: for a test that breaks it.
own_guest() {
	VM_DIR=$BATS_TEST_TMPDIR/vm
	mkdir "$VM_DIR"
	boot
}

teardown() {
	[[ $VM_DIR == "$BATS_FILE_TMPDIR"/* ]] || guests_down
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

@test "a filter picks tests by their names, and one that no test has is a failure" {
	printf '@%s "one" { true; }\n@%s "two" { false; }\n' test test >"$LAB_DIR/two.bats"
	"$BATS_TEST_DIRNAME/run" "$VM_KERNEL" "$LAB_DIR/two.bats" '^one' >"$LAB_DIR/said" 3>&-
	cat "$LAB_DIR/said"
	grep -qE '^#   tests: +1 passed, 0 failed, 0 skipped, [0-9]+ s$' "$LAB_DIR/said"
	run "$BATS_TEST_DIRNAME/run" "$VM_KERNEL" "$LAB_DIR/two.bats" three 3>&-
	echo "$output"
	((status == 1))
	[[ $output == *"vmtest: no test of '$LAB_DIR/two.bats' has 'three' in its name"* ]]
}

@test "what would begin too late is skipped, and says so" {
	printf '@%s "one" { false; }\n' test >"$LAB_DIR/one.bats"
	VM_UNTIL=$EPOCHSECONDS "$BATS_TEST_DIRNAME/run" "$VM_KERNEL" "$LAB_DIR/one.bats" >"$LAB_DIR/said" 3>&-
	cat "$LAB_DIR/said"
	grep -q "^ok 1 $VM_KERNEL: one # skip no time left$" "$LAB_DIR/said"
	grep -qE '^#   tests: +0 passed, 0 failed, 1 skipped, 0 s$' "$LAB_DIR/said"
}

@test "a panic" {
	own_guest
	fails 10 'echo c >/proc/sysrq-trigger'
	((STATUS == VM_BROKEN))
	names 'ended during: echo c >/proc/sysrq-trigger: Kernel panic - not syncing: sysrq triggered crash'
	[[ $SAID == *"---- the end of its console"*"sysrq_handle_crash"* ]]
	fails 10 'true'
	names 'has ended before: true'
	grep -q 'Kernel panic' "$VM_LOG/$VM_KERNEL.harness.$BATS_TEST_NUMBER.node1.console"
}

@test "a hang" {
	own_guest
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
	own_guest
	guest_signal KILL node1
	lab_until 10 guest_ended node1
	fails 10 true
	((STATUS == VM_BROKEN))
	names 'has ended before: true'
}

refused() {
	! within "$@"
}

# limits_for_test KERNEL VERSION: it is this one; x, version 1, has limits, in a folder of the test, like the table's rows.
limits_for_test() {
	export VM_KERNEL=$1 VM_VERSION=$2 BATS_TEST_DIRNAME=$BATS_TEST_TMPDIR VM_REPORT=$BATS_TEST_TMPDIR/report
	LIMITS=$BATS_TEST_TMPDIR/limits/x
	mkdir -p "$LIMITS"
	printf '# a comment\ninstructions-drop 1000\n' >"$LIMITS/1"
}

@test "limits: the comparison fails above 2 %, and without a line for it" {
	limits_for_test x 1
	within instructions-drop 1000
	within instructions-drop 1020
	refused instructions-drop 1021
	refused instructions-drop 1030
	refused instructions-accept 1000
	refused instructions-drop ''
	if limit instructions-accept; then false; fi
	[[ ! -e $VM_REPORT ]]
}

@test "limits: for a version without any, the newest one's count, and the table names them" {
	limits_for_test x 1.9
	echo 'instructions-drop 2000' >"$LIMITS/1.10"
	# Not for the log of this run.
	within instructions-drop 2000 3>/dev/null
	refused instructions-drop 2100
	[[ $(<"$VM_REPORT") == "no limits in $LIMITS/1.9: compared with $LIMITS/1.10" ]]
}

@test "limits: a kernel without any is measured, and the table names the file to write" {
	limits_for_test mine 1
	within instructions-drop 5 3>/dev/null
	[[ -z $(limit verified) ]]
	refused instructions-drop ''
	[[ $(<"$VM_REPORT") == "no limits in ${LIMITS%/x}/mine/1: measured, and compared with nothing" ]]
}

# own_kernel COMMAND...: as if somebody called it whose table this is: nothing of this run's environment reaches it.
own_kernel() {
	# Nor the insides of bats, which are in its tests' path.
	env -i "PATH=${PATH//"$BATS_LIBEXEC:"/}" "TMPDIR=${TMPDIR:-/tmp}" "VMTEST_KERNELS=$LAB_DIR/kernels" "VM_LOG=$LAB_DIR/log" "$@" 3>&-
}

# own_modules FOLDER: few, each packed in another way, as distributions do.
own_modules() {
	local from=$VM_BUILD/$VM_KERNEL/modules net=kernel/drivers/net
	mkdir -p "$1/$net"
	cp "$from"/modules.builtin{,.modinfo} "$from/modules.order" "$1"
	gzip -c "$from/$net/veth.ko" >"$1/$net/veth.ko.gz"
	xz -c "$from/$net/ifb.ko" >"$1/$net/ifb.ko.xz"
	cp "$from/$net/macvlan.ko" "$1/$net"
	# No module needs zstd on a machine that lacks it.
	! type -P zstd >/dev/null || zstd -qc "$from/$net/dummy.ko" >"$1/$net/dummy.ko.zst"
	# As they are installed: it leads out of the folder.
	ln -s /nonexistent "$1/build"
}

# This kernel's image and some of its modules, as a table's line with files.
@test "own kernel: it boots with its modules and passes without limits; built again, it is taken again" {
	local release build images=$LAB_DIR/vmtest status=0
	release=$(<"$VM_BUILD/$VM_KERNEL/release")
	build=$(realpath --relative-to=. "${VM_BUILD%/vmtest}")
	cp "$VM_BUILD/$VM_KERNEL/image" "$LAB_DIR/bzImage"
	own_modules "$LAB_DIR/lib/modules/$release"
	echo "mine file:$LAB_DIR/bzImage:$LAB_DIR/lib/modules/$release" >"$LAB_DIR/kernels"
	sed 's/^%test/@test/' >"$LAB_DIR/own.bats" <<-END
		source "$BATS_TEST_DIRNAME/../tests/netns/helper.bash"
		source "$BATS_TEST_DIRNAME/helper.bash"
		source "$BATS_TEST_DIRNAME/counting.bash"
		teardown() { guests_down; }
		%test "it boots" {
		    make_folders
		    VM_MEMORY=320 guest_boot node1
		    guest_ready node1
		    [[ \$(guest_run node1 10 'uname -r') == $release ]]
		    guest_run node1 20 'modprobe -a veth ifb macvlan $(! type -P zstd >/dev/null || echo dummy)'
		    within instructions-drop 7
		}
	END
	# What is packed for every kernel is packed already.
	mkdir "$images"
	ln -s "$VM_BUILD"/{programs,tree}.cpio "$images"
	own_kernel make -j1 "BUILD=$build" "VM_BUILD=$images" "TEST=$LAB_DIR/own.bats" vmtest >"$LAB_DIR/said" 2>&1 || status=$?
	cat "$LAB_DIR/said"
	((!status))
	[[ $(<"$LAB_DIR/said") == *"ok 1 mine: it boots"*"no limits in "*"/limits/mine/$release: measured"* ]]

	# The same is left alone.
	touch "$images/mine/mark"
	own_kernel vmtest/kernel mine "$images/mine"
	[[ -e $images/mine/mark ]]
	# The same name, another image.
	echo more >>"$LAB_DIR/bzImage"
	own_kernel vmtest/kernel mine "$images/mine"
	cmp "$LAB_DIR/bzImage" "$images/mine/image"
	cp "$VM_BUILD/$VM_KERNEL/modules/kernel/drivers/net/dummy.ko" "$LAB_DIR/lib/modules/$release/kernel/drivers/net/other.ko"
	own_kernel vmtest/kernel mine "$images/mine"
	[[ -e $images/mine/modules/kernel/drivers/net/other.ko ]]
}

@test "own kernel: what cannot be taken is named, and what was there stays" {
	local release folder=$LAB_DIR/mine
	release=$(<"$VM_BUILD/$VM_KERNEL/release")
	mkdir -p "$folder" "$LAB_DIR/5.4.0"
	echo before >"$folder/image"
	while IFS='|' read -r line cause; do
		echo "mine $line" >"$LAB_DIR/kernels"
		run own_kernel vmtest/kernel mine "$folder"
		echo "$output"
		((status == 1))
		[[ $output == "vmtest: kernel mine: $cause"* ]]
		[[ $(<"$folder/image") == before && ! -e $folder.new ]]
	done <<-END
		file:$LAB_DIR/none|no image $LAB_DIR/none
		file:$LAB_DIR/kernels|no image for x86-64: ASCII text
		file:$VM_BUILD/$VM_KERNEL/image:$LAB_DIR/none|no folder $LAB_DIR/none
		file:$VM_BUILD/$VM_KERNEL/image:$LAB_DIR/5.4.0|the image is $release, and its modules are of '5.4.0'
		rpm:kernel|$LAB_DIR/kernels: 'rpm:kernel' is neither
	END
}

@test "fetching: old lists are renewed once, apt's own words are shown, and what was there stays" {
	local folder=$LAB_DIR/debian
	[[ -d /var/lib/apt/lists ]] || skip "no apt here"
	mkdir "$folder" "$LAB_DIR/bin"
	echo before >"$folder/image"
	echo 'debian deb:linux-image-planted' >"$LAB_DIR/kernels"
	printf '#!/bin/sh\necho "$*" >>%q\necho "E: planted" >&2\ncase $* in *update) ;; *) exit 100 ;; esac\n' "$LAB_DIR/asked" \
		>"$LAB_DIR/bin/apt-get"
	printf '#!/bin/sh\n' >"$LAB_DIR/bin/apt-cache"
	chmod +x "$LAB_DIR"/bin/*
	PATH=$LAB_DIR/bin:$PATH run own_kernel vmtest/kernel debian "$folder"
	echo "$output"
	((status == 1))
	[[ $output == "E: planted"*"vmtest: kernel debian: cannot download linux-image-planted" ]]
	[[ $(grep -oE 'download|update' "$LAB_DIR/asked" | paste -sd ' ') == "download update download" ]]
	[[ $(<"$folder/image") == before && ! -e $folder.new ]]
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
	local start
	own_guest
	start=$SECONDS
	stands_still
	VM_GRACE=5 VM_STDIN=yes fails 3 'cat >/dev/null' <"$LAB_DIR/much"
	((STATUS == VM_BROKEN && SECONDS - start < 30))
	names 'does not take its input in 8 s: cat >/dev/null \(hang\)'
}

# is_sent: QEMU has the FIFO open, and somebody who writes.
is_sent() {
	(($(find /proc/[0-9]*/fd -lname "$VM_DIR/node1.commands.in" 2>/dev/null | wc -l) > 1))
}

@test "it ends while it is sent more than it takes" {
	local start
	own_guest
	start=$SECONDS
	stands_still
	(
		lab_until 10 is_sent
		guest_signal KILL node1
	) 3>&- &
	VM_STDIN=yes fails 60 'cat >/dev/null' <"$LAB_DIR/much"
	((STATUS == VM_BROKEN && SECONDS - start < 30))
	names 'ended during: cat >/dev/null'
}

@test "the monitor's answer that comes too late is not the next one's" {
	guest_signal STOP node1
	VM_GRACE=1 run guest_monitor node1 '{"execute": "query-status"}'
	guest_signal CONT node1
	((status == 1))
	guest_monitor node1 '{"execute": "query-version"}' | jq -e '.return.qemu'
}

@test "a process with the id of a guest that has ended is left alone" {
	local other
	own_guest
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
