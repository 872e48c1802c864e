# Attach, detach and status when something goes wrong (root).
ATTACH_TESTS ?= $(basename $(notdir $(sort $(wildcard tests/attach/*.bats))))

# Faults at every system call, bad input, foreign programs; `make attach-test ATTACH_TESTS=faults` one of them.
.PHONY: attach-test
attach-test: $(BUILD)/xnlb $(BUILD)/tests/hold $(BUILD)/tests/foreign.bpf.o
	@$(LAB_ENV) bats --timing $(ATTACH_TESTS:%=tests/attach/%.bats)

$(BUILD)/tests/hold: tests/attach/hold.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< -lbpf

$(BUILD)/tests/foreign.bpf.o: tests/attach/foreign.bpf.c
	@mkdir -p $(@D)
	$(call step,BPF) $(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

-include $(BUILD)/tests/hold.d $(BUILD)/tests/foreign.bpf.d
