# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Guests whose time is the number of instructions that they have run: one emulated CPU, which the host's clock does not
# reach.

# counting_guests: those that are booted from here on.
counting_guests() {
	export VM_ACCELERATOR='-accel tcg,tb-size=64 -icount shift=0,sleep=off -cpu max,-erms,-fsrm' VM_CPUS=1
	# A nanosecond is an instruction, whatever the rate of this machine's own. Memory is cleared and copied by loops:
	# a string instruction (rep) would count as one for each byte, which no processor takes.
	export VM_APPEND="${VM_APPEND:-} tsc_early_khz=1000000 clearcpuid=rep_good"
}

# within NAME NUMBER: not more than 2 % above the limit, if this kernel has limits; says so if it is as far below it, as
# the limit holds nothing then.
within() {
	local most
	if [[ ! $2 =~ ^[0-9]+$ ]]; then
		echo "$1: measured '$2'"
		return 1
	fi
	most=$(limit "$1") || return
	[[ -n $most ]] || return 0
	if (($2 * 100 > most * 102)); then
		echo "$1: $2 are more than 2 % above the limit of $VM_KERNEL, $VM_VERSION: $most"
		return 1
	fi
	(($2 * 100 >= most * 98)) || row "$1: $2 are more than 2 % below the limit, $most: renew it"
}
