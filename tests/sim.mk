# The simulator: real memberships in virtual time (tests/sim). `make sim` runs SIM_SEEDS of them, `make soak` as many as
# asked with SEEDS=, from FIRST= on; `build/tests/sim/sim -t SEED` shows one.
SIM_SEEDS ?= 10000
SEEDS     ?= 1000000
FIRST     ?= 1
FIGURE    ?= all
SIM_JOBS  ?= $(shell nproc)
SIM_CORE  := $(addprefix $(BUILD)/loader/core/,timing.o view.o membership.o peers.o lease.o proposal.o clique.o)
SIM_OBJ   := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/sim/*.c)))

$(BUILD)/tests/sim/%.o: tests/sim/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/sim/sim: $(SIM_OBJ) $(SIM_CORE)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^

# Simulates the membership with everything that can go wrong: SIM_SEEDS runs, and each rule's mutant must fail.
.PHONY: sim
sim: $(BUILD)/tests/sim/sim
	@tests/sim/run.sh $< $(SIM_SEEDS) $(SIM_JOBS)

# The same with SEEDS runs from FIRST on.
.PHONY: soak
soak: $(BUILD)/tests/sim/sim
	$< -j $(SIM_JOBS) -f $(FIRST) -n $(SEEDS)

# Prints distributions of the membership in virtual time, of FIGURE (all) in docs/reliability.md.
.PHONY: figures
figures: $(BUILD)/tests/sim/sim
	@$< -j $(SIM_JOBS) -F $(FIGURE)

-include $(SIM_OBJ:.o=.d)
