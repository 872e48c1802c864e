// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's clocks, for the daemon: user space cannot read jiffies, which leases are compared
 * with. Run by BPF_PROG_RUN; reads both within nanoseconds of each other.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xnlb/tables.h>

SEC("syscall")
int xnlb_clock(struct xnlb_clock *clock)
{
	clock->boottime_ns = bpf_ktime_get_boot_ns();
	clock->jiffies = bpf_jiffies64();
	return 0;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
