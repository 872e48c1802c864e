// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's type information says which functions it has for programs. */
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "dataplane/conntrack.h"

static const char *const functions[] = {"bpf_xdp_ct_lookup", "bpf_ct_release"};

static bool has_functions(const struct btf *btf)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (btf__find_by_name_kind(btf, functions[i], BTF_KIND_FUNC) < 0)
			return false;
	return true;
}

bool conntrack_can_be_asked(void)
{
	struct btf *kernel = btf__load_vmlinux_btf(), *module;
	__u32 first;
	bool found;

	if (!kernel)
		return false;
	found = has_functions(kernel);
	if (!found && !bpf_btf_get_next_id(0, &first)) {
		module = btf__load_module_btf("nf_conntrack", kernel);
		found = module && has_functions(module);
		btf__free(module);
	}
	btf__free(kernel);
	return found;
}
