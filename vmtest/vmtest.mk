# Real kernels and real NIC drivers: guests under QEMU (root). vmtest/README.md tells how.
VM_TABLE := $(or $(VMTEST_KERNELS),vmtest/kernels)
KERNEL ?= $(shell awk '!/^\#/ && NF { print $$1 }' $(VM_TABLE))
FILTER ?=
# First what a change breaks most easily: where time is short the others may not be reached.
VM_FIRST := instructions kernel nic
TEST   ?= $(VM_FIRST) $(filter-out $(VM_FIRST),$(basename $(notdir $(sort $(wildcard vmtest/*.bats)))))

VM_BUILD   := $(BUILD)/vmtest
VM_IMAGES  := $(KERNEL:%=$(VM_BUILD)/%/initramfs)
VM_SOURCES := $(KERNEL:%=$(VM_BUILD)/%/source)
VM_TABLES  := $(BPF_TEST) $(BUILD)/clang-14-clang-19/tests/bpf/tables
VM_BROKEN  := $(BUILD)/tests/broken.bpf.o
VM_TOOLS   := $(addprefix $(BUILD)/tests/,program_cost path_cost)
VM_TREE    := $(BUILD)/xnlb $(LAB_TOOLS) $(ATTACH_TOOLS) $(VM_TOOLS) $(VM_TABLES) $(VM_BROKEN)

# Boots the kernels of vmtest/kernels and tests in them; `make vmtest KERNEL=6.1 TEST=cluster` one of them, FILTER=panic
# of its tests those with that (a regular expression) in their names.
.PHONY: vmtest
vmtest: export VM_FILTER = $(FILTER)
vmtest: vmtest-images $(BUILD)/tests/tags.bpf.o
	@$(LAB_ENV) VM_BUILD=$(abspath $(VM_BUILD)) vmtest/run '$(KERNEL)' '$(TEST)' "$$VM_FILTER"

# Gets the kernels, first, as they say what cannot be done here, and packs what guests boot into.
.PHONY: vmtest-images
vmtest-images: $(VM_TABLE) $(VM_SOURCES) $(VM_IMAGES)
	@$(if $(strip $(KERNEL)),,echo 'vmtest: no kernel in $(VM_TABLE)' >&2; false)

$(BUILD)/tests/%.bpf.o: vmtest/%.bpf.c
	@mkdir -p $(@D)
	$(call step,BPF) $(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/clang-14-clang-19/tests/bpf/tables: $(BPF_SRC) $(wildcard bpf/*.h maps/*.h include/xnlb/*.h) $(BPF_TEST)
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/clang-14-clang-19 CC=clang-14 BPF_CLANG=clang-19 $@

$(BUILD)/vmtest/%.o: vmtest/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/program_cost: $(BUILD)/vmtest/program_cost.o $(CONFIG_OBJ) $(CORE_OBJ)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ -lbpf -lsodium -lfyaml -ljansson

$(BUILD)/tests/path_cost: $(addprefix $(BUILD)/,vmtest/path_cost.o bench/frame.o)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ -lbpf

# make would remove what only its rules name.
.SECONDARY: $(KERNEL:%=$(VM_BUILD)/%/modules.cpio)

# Asked each time, as the table may be another one, and an image of one's own built again: what is the same is left alone.
FORCE:
$(VM_BUILD)/%/source: FORCE
	@mkdir -p $(VM_BUILD)
	$(call step,KERNEL) VMTEST_KERNELS=$(VM_TABLE) vmtest/kernel $* $(@D)

$(VM_BUILD)/programs.cpio: vmtest/programs vmtest/pack vmtest/init
	@mkdir -p $(@D)
	$(call step,PACK) vmtest/pack programs $@

$(VM_BUILD)/tree.cpio: $(VM_BUILD)/programs.cpio $(VM_TREE) vmtest/pack bench/lab.sh $(shell find tests -type f)
	@mkdir -p $(@D)
	$(call step,PACK) vmtest/pack tree $(BUILD) $@

$(VM_BUILD)/%/modules.cpio: $(VM_BUILD)/%/source vmtest/modules vmtest/pack
	$(call step,PACK) vmtest/pack modules $(@D) $@

$(VM_BUILD)/%/initramfs: $(VM_BUILD)/programs.cpio $(VM_BUILD)/tree.cpio $(VM_BUILD)/%/modules.cpio
	@cat $^ >$@

-include $(VM_TOOLS:$(BUILD)/tests/%=$(BUILD)/vmtest/%.d)
