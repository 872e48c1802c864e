# The lab: four nodes, a client and a switch in network namespaces (root).
LAB_TOOLS := $(addprefix $(BUILD)/tests/,flood flows echo oracle requests talk watch)
LAB_OBJ   := $(addprefix $(BUILD)/tests/netns/,args.o frame.o link.o)
LABS      ?= $(filter-out ageing,$(basename $(notdir $(sort $(wildcard tests/netns/*.bats)))))
LAB_ENV   := XNLB=$(abspath $(BUILD)/xnlb) LAB_TOOLS=$(abspath $(BUILD)/tests)

# Builds what sends, answers and watches the lab's traffic.
.PHONY: lab-tools
lab-tools: $(LAB_TOOLS)

# Runs the labs' tests; `make lab-test LABS=flows` one of them. One takes long, and only runs when asked: LABS=ageing.
.PHONY: lab-test
lab-test: $(BUILD)/xnlb lab-tools
	@$(LAB_ENV) bats --timing $(LABS:%=tests/netns/%.bats)

RUNS ?= 200

# Measures with real daemons how soon others take over from a node that dies, RUNS=200 times, TIMES="50ms 3".
.PHONY: crash-figures
crash-figures: $(BUILD)/xnlb lab-tools
	@$(LAB_ENV) tests/netns/crash-figures $(RUNS) $(TIMES)

SANITIZED_LABS := $(patsubst %,tests/netns/%.bats,changes verbs mended members)

# The daemon's labs, with one that was built with sanitizers: address and undefined behaviour, then threads.
.PHONY: lab-sanitize
lab-sanitize: lab-tools
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/lab-asan CC=clang-14 SANITIZE=-fsanitize=address,undefined $(BUILD)/lab-asan/xnlb
	@$(LAB_ENV) tests/netns/sanitized $(BUILD)/lab-asan $(SANITIZED_LABS)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/lab-tsan CC=clang-14 SANITIZE=-fsanitize=thread $(BUILD)/lab-tsan/xnlb
	@$(LAB_ENV) tests/netns/sanitized $(BUILD)/lab-tsan $(SANITIZED_LABS)

# Shows what xnlb does, on four nodes in this machine, and cleans up.
.PHONY: demo
demo: $(BUILD)/xnlb lab-tools
	@$(LAB_ENV) tests/netns/demo

# Sets up the same and leaves a prompt in it; `make lab MODE=igmp` another mode.
.PHONY: lab
lab: $(BUILD)/xnlb lab-tools
	@$(LAB_ENV) tests/netns/prompt $(MODE)

$(BUILD)/tests/netns/%.o: tests/netns/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LAB_TOOLS): $(BUILD)/tests/%: $(BUILD)/tests/netns/%.o $(LAB_OBJ)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/oracle: $(BUILD)/tests/netns/events.o

-include $(BUILD)/tests/netns/events.d $(LAB_TOOLS:$(BUILD)/tests/%=$(BUILD)/tests/netns/%.d) $(LAB_OBJ:.o=.d)
