# Real kernels and real NIC drivers: guests under QEMU (root). vmtest/README.md tells how.
KERNEL ?= $(shell awk '!/^\#/ && NF { print $$1 }' $${VMTEST_KERNELS:-vmtest/kernels})
TEST   ?= $(basename $(notdir $(sort $(wildcard vmtest/*.bats))))

VM_BUILD  := $(BUILD)/vmtest
VM_IMAGES := $(KERNEL:%=$(VM_BUILD)/%/initramfs)
VM_TABLES := $(BPF_TEST) $(BUILD)/clang-14-clang-19/tests/bpf/tables
VM_BROKEN := $(BUILD)/tests/broken.bpf.o
VM_TOOLS  := $(addprefix $(BUILD)/tests/,program_cost path_cost)
VM_TREE   := $(BUILD)/xnlb $(LAB_TOOLS) $(ATTACH_TOOLS) $(VM_TOOLS) $(VM_TABLES) $(VM_BROKEN)

# Boots the kernels of vmtest/kernels and tests in them; `make vmtest KERNEL=6.1 TEST=cluster` one of them.
.PHONY: vmtest
vmtest: $(VM_IMAGES) $(BUILD)/tests/tags.bpf.o
	@$(LAB_ENV) VM_BUILD=$(abspath $(VM_BUILD)) vmtest/run '$(KERNEL)' '$(TEST)'

# Gets the kernels, and packs what guests boot into.
.PHONY: vmtest-images
vmtest-images: $(VM_IMAGES)

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
.SECONDARY: $(KERNEL:%=$(VM_BUILD)/%/source) $(KERNEL:%=$(VM_BUILD)/%/modules.cpio)

$(VM_BUILD)/%/source: vmtest/kernels vmtest/kernel
	@mkdir -p $(VM_BUILD)
	$(call step,KERNEL) vmtest/kernel $* $(@D) && touch $@

$(VM_BUILD)/programs.cpio: vmtest/programs vmtest/pack vmtest/init
	@mkdir -p $(@D)
	$(call step,PACK) vmtest/pack programs $@

$(VM_BUILD)/tree.cpio: $(VM_TREE) vmtest/pack bench/lab.sh $(shell find tests -type f)
	@mkdir -p $(@D)
	$(call step,PACK) vmtest/pack tree $(BUILD) $@

$(VM_BUILD)/%/modules.cpio: $(VM_BUILD)/%/source vmtest/modules vmtest/pack
	$(call step,PACK) vmtest/pack modules $(@D) $@

$(VM_BUILD)/%/initramfs: $(VM_BUILD)/programs.cpio $(VM_BUILD)/tree.cpio $(VM_BUILD)/%/modules.cpio
	@cat $^ >$@

-include $(VM_TOOLS:$(BUILD)/tests/%=$(BUILD)/vmtest/%.d)
