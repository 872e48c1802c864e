# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Guests: machines of their own kernel, under QEMU, as a library of shell functions.
#
# Callers give VM_KERNEL, a name of the table vmtest/kernels; VM_BUILD, the folder that `make vmtest` packed;
# and VM_DIR, an existing folder of their own. A guest ends with the shell that booted it, at the latest.
#
# What goes wrong is said in one line that names the kernel, the guest, what it was doing and why, and the
# end of its console follows: the kernel panicked, it does not answer, QEMU ended. Exit status 99 tells such
# a failure from that of a command.

VM_BROKEN=99
# VM_GRACE: how many seconds beyond a command's own limit a guest may take to answer.
: "${VM_MEMORY:=512}" "${VM_GRACE:=20}"

# What an emulated CPU need not do. Programs and libraries always at the same addresses: elsewhere the emulator
# translates their code again, which takes a program that does nothing 39 ms instead of 12. No test of the kernel's
# cryptography at each boot, and nothing of keys: 2 of 6 s.
VM_QUICK='norandmaps cryptomgr.notests initcall_blacklist=init_encrypted,crypto_kdf108_init,jent_mod_init'

# guest_accelerator: KVM if the CPU has it; a /dev/kvm alone proves nothing. An emulated CPU is an old one: what newer
# ones have (SMAP, 57-bit addresses, AVX) takes the emulator's time; the packet tables run 1.75 times as fast. With
# RDRAND, or a guest waits for entropy.
guest_accelerator() {
	if [[ -w /dev/kvm ]] && grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then
		echo -accel kvm -cpu host
	else
		echo -accel tcg,thread=multi,tb-size=64 -cpu Nehalem,+rdrand
	fi
}

# guest_clock: the kernel's parameter that spares a loaded guest measuring its clock's rate, wrongly. Only where this
# machine is itself one under a hypervisor: there "cpu MHz" is the rate of the time stamp counter, which a guest's
# follows. On bare metal it is what the CPU runs at for the moment, and a guest with it would tell the time wrongly.
guest_clock() {
	awk -F: '/^cpu MHz/ { khz = $2 * 1000 }
		/^flags.* hypervisor( |$)/ { under = 1 }
		/^$/ { exit }
		END { if (khz && under) printf "tsc_early_khz=%d\n", khz }' "${1:-/proc/cpuinfo}"
}

# guest_image: the initramfs of VM_KERNEL.
guest_image() {
	echo "$VM_BUILD/$VM_KERNEL/initramfs"
}

# guest_broken NAME WHAT: says what became of it.
guest_broken() {
	local console=$VM_DIR/$1.console cause file=${BATS_TEST_FILENAME:-}
	file=${file##*/} file=${file%.bats}
	cause=$(grep -aoE -m1 'Kernel panic - not syncing: .*|(BUG|Oops): .*|watchdog: BUG: .*' "$console" 2>/dev/null | tr -d '\r')
	echo "vmtest: kernel $VM_KERNEL, ${BATS_TEST_DESCRIPTION:+test \"$BATS_TEST_DESCRIPTION\", }guest $1: $2${cause:+: $cause}"
	echo "---- the end of its console"
	tail -n 40 "$console" 2>/dev/null | tr -d '\r'
	tail -n 5 "$VM_DIR/$1.qemu.err" 2>/dev/null
	echo "----"
	# The whole of it, if there is a place that outlives this; other files and tests have guests of the same name.
	# (Test 0 is setup_file.)
	[[ -z ${VM_LOG:-} ]] ||
		cp "$console" "$VM_LOG/$VM_KERNEL.${file:+$file.${BATS_TEST_NUMBER:-0}.}$1.console" || :
} >&2

# child_of PID: in CHILD.
child_of() {
	{ read -r CHILD <"/proc/$1/task/$1/children"; } 2>/dev/null || [[ -n ${CHILD:-} ]]
}

# process_since PID: when it started, in ticks, which tells it from a later process with its id. Fails if it has ended;
# it may still wait for its parent then.
process_since() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	# Behind the name, which may have blanks.
	read -ra stat <<<"${stat##*) }"
	[[ ${stat[0]} != [ZX] ]] && echo "${stat[19]}"
}

# guest_lives NAME
guest_lives() {
	local pid since
	{ read -r pid since <"$VM_DIR/$1.qemu.pid"; } 2>/dev/null &&
		[[ -n $since && $(process_since "$pid") == "$since" ]]
}

# guest_answer NAME SECONDS: its next line, in GUEST_LINE; 1 when it has ended, 2 when the time is over.
guest_answer() {
	local part end=$((SECONDS + $2))
	GUEST_LINE=
	until IFS= read -r -t 1 part <&8; do
		GUEST_LINE+=$part
		guest_lives "$1" || return 1
		((SECONDS < end)) || return 2
	done
	GUEST_LINE+=$part
}

# guest_boot NAME [OPTION...]: starts it, with QEMU's options for its NICs and whatever else. VM_APPEND is added to its
# kernel's command line. Not waited for. It ends with this shell; or, with VM_KEEPER, the first process of a machine of
# tests/netns/lab.sh, it has the network of that one and ends with it.
guest_boot() {
	local name=$1 accelerator start=(setpriv --pdeathsig KILL) pid image append
	shift
	# Here and not below, where the children of the background's shell are looked at.
	image=$(guest_image)
	append="console=ttyS0 quiet panic=-1 oops=panic unknown_nmi_panic=1 mitigations=off random.trust_cpu=on $(guest_clock)"
	append+=" $VM_QUICK"
	[[ -z ${VM_KEEPER:-} ]] ||
		start=(nsenter --target "$VM_KEEPER" --net "--pid=/proc/$VM_KEEPER/ns/pid_for_children" --)
	read -ra accelerator <<<"${VM_ACCELERATOR:-$(guest_accelerator)}"
	rm -f "$VM_DIR/$name".{commands,monitor}.{in,out} "$VM_DIR/$name.console"
	mkfifo "$VM_DIR/$name".{commands,monitor}.{in,out}
	"${start[@]}" qemu-system-x86_64 "${accelerator[@]}" \
		-smp "${VM_CPUS:-1}" -m "$VM_MEMORY" -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$VM_BUILD/$VM_KERNEL/image" -initrd "$image" \
		-append "$append vmtest.name=$name vmtest.tree=$PWD ${VM_APPEND:-}" \
		-chardev "file,id=console,path=$VM_DIR/$name.console" -serial chardev:console \
		-chardev "pipe,id=commands,path=$VM_DIR/$name.commands" -serial chardev:commands \
		-chardev "pipe,id=monitor,path=$VM_DIR/$name.monitor" -mon chardev=monitor,mode=control \
		"$@" </dev/null >"$VM_DIR/$name.qemu" 2>"$VM_DIR/$name.qemu.err" 3>&- &
	pid=$!
	disown
	# nsenter waits for it.
	if [[ -n ${VM_KEEPER:-} ]] && ! lab_until 5 child_of "$pid"; then
		guest_broken "$name" "did not start"
		return "$VM_BROKEN"
	fi
	echo "${CHILD:-$pid} $(process_since "${CHILD:-$pid}")" >"$VM_DIR/$name.qemu.pid"
	echo "$pid" >"$VM_DIR/$name.qemu.parent"
	unset CHILD
	echo 0 >"$VM_DIR/$name.count"
}

# guest_ready NAME [SECONDS]: waits until it takes commands.
guest_ready() {
	local status=0
	exec 8<>"$VM_DIR/$1.commands.out"
	until [[ ${GUEST_LINE:-} == ==READY* ]]; do
		guest_answer "$1" "${2:-120}" || {
			status=$?
			break
		}
	done
	exec 8<&-
	GUEST_LINE=
	case $status in
	1) guest_broken "$1" "ended while it booted" ;;
	2) guest_stuck "$1" "is not ready ${2:-120} s after its start" ;;
	esac
	((!status)) || return "$VM_BROKEN"
}

# guest_stuck NAME WHAT: it does not answer: an NMI makes its kernel say where it is.
guest_stuck() {
	guest_monitor "$1" '{"execute": "inject-nmi"}' >/dev/null 2>&1 || :
	lab_until 5 guest_ended "$1" || :
	guest_broken "$1" "$2 (hang)"
}

guest_ended() {
	! guest_lives "$1"
}

# guest_run NAME SECONDS [SCRIPT]: runs the script (bash) in it, with this command's stdin if it is no terminal and
# VM_STDIN is set; its output and its exit status. VM_BROKEN when the guest does not come back with one.
guest_run() {
	local name=$1 seconds=$2 id status=0 word code out err stdin=-
	[[ -z ${VM_STDIN:-} ]] || stdin=$(base64 -w0)
	id=$(($(<"$VM_DIR/$name.count") + 1))
	echo "$id" >"$VM_DIR/$name.count"
	if ! guest_lives "$name"; then
		guest_broken "$name" "has ended before: $3"
		return "$VM_BROKEN"
	fi
	# Opened for both, it does not wait for QEMU to be there.
	exec 8<>"$VM_DIR/$name.commands.out"
	# More than a FIFO holds waits until the guest reads it, or for ever. Opened for writing alone, so that it fails
	# at once when QEMU ends.
	timeout --foreground $((seconds + VM_GRACE)) tee "$VM_DIR/$name.commands.in" \
		<<<"run $id $seconds $(base64 -w0 <<<"$3") ${stdin:--}" >/dev/null 2>&1 3>&- || {
		status=$?
		if ((status == 124)) && guest_lives "$name"; then status=3; else status=1; fi
	}
	while ((!status)); do
		# Beyond the command's own limit: it is the guest then that does not answer.
		guest_answer "$name" $((seconds + VM_GRACE)) || {
			status=$?
			break
		}
		read -r word code out err <<<"${GUEST_LINE#==RC }"
		[[ $GUEST_LINE != ==RC* || $word != "$id" ]] || break
	done
	exec 8<&-
	case $status in
	1) guest_broken "$name" "ended during: $3" ;;
	2) guest_stuck "$name" "does not answer after $((seconds + VM_GRACE)) s: $3" ;;
	3) guest_stuck "$name" "does not take its input in $((seconds + VM_GRACE)) s: $3" ;;
	esac
	((!status)) || return "$VM_BROKEN"
	[[ $out == - ]] || base64 -d <<<"$out"
	[[ $err == - ]] || base64 -d <<<"$err" >&2
	((code != 124)) || echo "vmtest: kernel $VM_KERNEL, guest $name: killed after $seconds s: $3" >&2
	return "$code"
}

# guest_monitor NAME JSON: a command for QEMU's monitor (QMP); its answer. 1 if it refuses, with the reason, or is silent.
# VM_GRACE seconds are long enough.
guest_monitor() {
	# Of its own: the answer to an earlier one, which came too late for it, is not this one's.
	local line id=$BASHPID.$EPOCHREALTIME
	exec 9<>"$VM_DIR/$1.monitor.out" 7<>"$VM_DIR/$1.monitor.in"
	# The first may be refused: it is needed once. What else comes is events.
	printf '{"execute": "qmp_capabilities"}\n{"id": "%s", %s\n' "$id" "${2#\{}" >&7
	exec 7>&-
	while IFS= read -r -t "$VM_GRACE" line <&9; do
		[[ $line == *"\"id\": \"$id\""* ]] || continue
		exec 9<&-
		[[ $line != *'"error"'* ]] || {
			echo "vmtest: guest $1: $2: $line" >&2
			return 1
		}
		echo "$line"
		return 0
	done
	exec 9<&-
	echo "vmtest: guest $1: its monitor is silent: $2" >&2
	return 1
}

# guest_signal SIGNAL NAME: for QEMU, and for nsenter, which stops when its child is stopped and does not go on with it.
# A guest that has ended gets none: its process ids may be somebody else's by now.
guest_signal() {
	local pid
	! guest_lives "$2" || {
		read -r pid _ <"$VM_DIR/$2.qemu.pid"
		kill "-$1" "$pid" "$(<"$VM_DIR/$2.qemu.parent")" 2>/dev/null || :
	}
}

# guest_kill NAME: as if its power had failed.
guest_kill() {
	guest_signal KILL "$1"
	lab_until 10 guest_ended "$1" || return
	rm -f "$VM_DIR/$1.qemu".{pid,parent}
}

# guests_down: all of them. Safe to call twice.
guests_down() {
	local file
	for file in "$VM_DIR"/*.qemu.pid; do
		[[ -e $file ]] || continue
		file=${file##*/}
		guest_kill "${file%.qemu.pid}"
	done
}
