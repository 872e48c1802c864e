# Configurations and what is said about them, and the command's frame.
CONFIG_UNITS := $(BUILD)/tests/config/units

$(CONFIG_UNITS).o: tests/config/units.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(CONFIG_UNITS): $(CONFIG_UNITS).o $(CONFIG_OBJ) $(CORE_OBJ)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ -lcriterion -lfyaml -lsodium -ljansson

# Goldens of the configuration's errors, key files, the frame of the command.
.PHONY: config-test
config-test: $(BUILD)/xnlb $(CONFIG_UNITS)
	@failed=0; \
	tests/config/run.sh $(BUILD)/xnlb || failed=1; \
	XNLB=$(abspath $(BUILD)/xnlb) bats tests/config || failed=1; \
	$(CONFIG_UNITS) || failed=1; \
	exit $$failed

-include $(CONFIG_UNITS).d
