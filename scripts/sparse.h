/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For `make lint` alone, included before the source: byte order conversions in terms of sparse. */
#include <linux/types.h>
#include <asm/byteorder.h>

#define TO_BE16(x) ((__attribute__((force)) __be16)(__u16)(x))
#define TO_BE32(x) ((__attribute__((force)) __be32)(__u32)(x))

static inline __u16 from_be16(__be16 x)
{
	return (__attribute__((force)) __u16)x;
}

static inline __u32 from_be32(__be32 x)
{
	return (__attribute__((force)) __u32)x;
}

static inline __u64 from_be64(__be64 x)
{
	return (__attribute__((force)) __u64)x;
}

#undef __constant_cpu_to_be16
#undef __constant_cpu_to_be32
#define __constant_cpu_to_be16(x) TO_BE16(x)
#define __constant_cpu_to_be32(x) TO_BE32(x)

#ifdef SPARSE_BPF
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#undef bpf_htons
#undef bpf_htonl
#undef bpf_ntohs
#undef bpf_ntohl
#undef bpf_be64_to_cpu
#define bpf_htons(x)	   TO_BE16(x)
#define bpf_htonl(x)	   TO_BE32(x)
#define bpf_ntohs(x)	   from_be16(x)
#define bpf_ntohl(x)	   from_be32(x)
#define bpf_be64_to_cpu(x) from_be64(x)
#else
#include <arpa/inet.h>
#undef htons
#undef htonl
#undef ntohs
#undef ntohl
#define htons(x) TO_BE16(x)
#define htonl(x) TO_BE32(x)
#define ntohs(x) from_be16(x)
#define ntohl(x) from_be32(x)
#endif
