# The labs: four nodes, a client and a switch in network namespaces (root). `make lab-test` runs all,
# `make lab-test LABS=flows` one.
LAB_TOOLS_DIR := $(BUILD)/tests
LAB_TOOLS     := $(addprefix $(LAB_TOOLS_DIR)/,flows echo requests watch)
LAB_OBJ       := $(addprefix $(BUILD)/tests/netns/,frame.o link.o)
LABS          ?= $(basename $(notdir $(sort $(wildcard tests/netns/*.bats))))

$(BUILD)/tests/netns/%.o: tests/netns/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LAB_TOOLS): $(LAB_TOOLS_DIR)/%: $(BUILD)/tests/netns/%.o $(LAB_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^

.PHONY: lab-tools lab-test
lab-tools: $(LAB_TOOLS)

lab-test: $(BUILD)/xnlb lab-tools
	XNLB=$(abspath $(BUILD)/xnlb) LAB_TOOLS=$(abspath $(LAB_TOOLS_DIR)) \
		bats --timing $(LABS:%=tests/netns/%.bats)

-include $(LAB_TOOLS:$(LAB_TOOLS_DIR)/%=$(BUILD)/tests/netns/%.d) $(LAB_OBJ:.o=.d)
