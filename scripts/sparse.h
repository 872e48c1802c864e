/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `make lint` alone, included before the source: byte order conversions in terms of sparse. */
#include <linux/types.h>
#include <asm/byteorder.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define SPARSE_FORCE __attribute__((force))

#undef __constant_cpu_to_be16
#undef __constant_cpu_to_be32
#define __constant_cpu_to_be16(x) ((SPARSE_FORCE __be16)(__u16)(x))
#define __constant_cpu_to_be32(x) ((SPARSE_FORCE __be32)(__u32)(x))

#undef bpf_htons
#undef bpf_htonl
#undef bpf_ntohs
#undef bpf_ntohl
#define bpf_htons(x) ((SPARSE_FORCE __be16)(__u16)(x))
#define bpf_htonl(x) ((SPARSE_FORCE __be32)(__u32)(x))
static inline __u16 bpf_ntohs(__be16 x)
{
	return (SPARSE_FORCE __u16)x;
}
static inline __u32 bpf_ntohl(__be32 x)
{
	return (SPARSE_FORCE __u32)x;
}
