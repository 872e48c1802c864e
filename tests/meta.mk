# Checks of the tree itself, each shown to fail on a planted violation.

# The layering, documents against code, sizes and words.
.PHONY: meta
meta: all
	@BUILD=$(abspath $(BUILD)) CC=$(CC) bats tests/meta

# Runs scripts/check on a minimal Debian 12, made in a temporary folder (root, debootstrap, minutes).
.PHONY: bare-check
bare-check:
	tests/meta/bare-system.sh

# Runs the unit and configuration tests with coverage; each function of core, config and base must have run.
# (Their results are those of `unit` and `config-test`: here a changed user cannot write coverage files.)
.PHONY: coverage
coverage:
	@rm -rf $(BUILD)/coverage && mkdir -p $(BUILD)/coverage
	@$(MAKE) -i --no-print-directory BUILD=$(BUILD)/coverage SANITIZE='--coverage -O0' \
		unit config-test >$(BUILD)/coverage/log 2>&1
	@tests/meta/coverage.sh . $(BUILD)/coverage
