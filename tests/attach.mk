# Attach, detach and status when something goes wrong (root).
ATTACH_TESTS ?= $(basename $(notdir $(sort $(wildcard tests/attach/*.bats))))

# Of each N points of failure the one whose turn it is, K/N; each hour another's. All take long: FAULTS=all.
FAULTS ?= $(shell echo $$(($$(date +%s) / 3600)))/4

ATTACH_TOOLS := $(addprefix $(BUILD)/tests/,hold frames foreign.bpf.o chain.bpf.o)

# Builds what the tests of attach use.
.PHONY: attach-tools
attach-tools: $(ATTACH_TOOLS)

# Faults at system calls (FAULTS=all: at every one), bad input, foreign programs; `make attach-test ATTACH_TESTS=faults`
# one of them.
.PHONY: attach-test
attach-test: $(BUILD)/xnlb attach-tools
	@$(LAB_ENV) FAULTS=$(FAULTS) bats --timing $(ATTACH_TESTS:%=tests/attach/%.bats)

$(BUILD)/tests/hold: tests/attach/hold.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< -lbpf

$(BUILD)/tests/attach/%.o: tests/attach/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/frames: $(addprefix $(BUILD)/tests/,attach/frames.o netns/link.o)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/%.bpf.o: tests/attach/%.bpf.c
	@mkdir -p $(@D)
	$(call step,BPF) $(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

-include $(addprefix $(BUILD)/tests/,hold.d attach/frames.d foreign.bpf.d chain.bpf.d)
