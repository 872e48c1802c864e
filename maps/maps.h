/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All maps of the data plane, defined here and nowhere else. A map is pinned under its own name in
 * the instance's folder, /sys/fs/bpf/xnlb/INSTANCE/. README.md beside this file says for each one
 * who writes it, who reads it, how long it lives, and shows it with bpftool.
 *
 * A max_entries of 1 is a placeholder where the loader sizes the map to the configuration.
 */
#ifndef XNLB_MAPS_H
#define XNLB_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xnlb/journal.h>
#include <xnlb/reason.h>
#include <xnlb/tables.h>
#include <xnlb/wire.h>

/* Key of all arrays below: an index in host byte order. */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xnlb_row);
	__uint(max_entries, 1); /* rows of the configuration */
} rows __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_plan);
	__uint(max_entries, 2); /* two halves of setup.plans */
} owners __weak SEC(".maps");

/*
 * A variable, because every packet reads it, and a look-up takes ten times as long. To the kernel
 * it is an array of one entry, named ".data.live"; its pin is called `live`. It is declared here
 * and defined in xdp.bpf.c, because the linker would keep a weak one of each object.
 */
extern volatile struct xnlb_live live;

/* Another one, for the same reason. */
extern volatile struct xnlb_turn turn;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_peer);
	__uint(max_entries, XNLB_NODES_MAX + 1); /* by node id */
} peers __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_stranger);
	__uint(max_entries, XNLB_NODES_MAX + 1); /* by node id */
} strangers __weak SEC(".maps");

/* Entries are struct xnlb_arrival with their frame. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 19); /* 64 nodes' heartbeats of 400 ms */
} heartbeats __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xnlb_saved);
	__uint(max_entries, 1);
} saved __weak SEC(".maps");

/* A heartbeat while its tag is computed. */
struct xnlb_desk {
	struct xnlb_arrival arrival;
	__u64 frame[XNLB_FRAME_MAX / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_desk);
	__uint(max_entries, 1);
} desk __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_counters);
	__uint(max_entries, 1); /* rules + 1: entry 0 counts what belongs to no rule */
} counters __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_cluster);
	__uint(max_entries, 1);
} cluster __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_node);
	__uint(max_entries, XNLB_NODES_MAX + 1); /* by node id */
} nodes __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_ip);
	__uint(max_entries, 1); /* cluster IPs of the configuration */
} ips __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_rule);
	__uint(max_entries, 1); /* rules + 1 */
} rules __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct xnlb_undo);
	__uint(max_entries, XNLB_UNDO_MAX);
} journal __weak SEC(".maps");

#endif
