# The service, under systemd as process 1 of four machines (root).
SYSTEMD_TESTS ?= $(basename $(notdir $(sort $(wildcard tests/systemd/*.bats))))

# Installs and runs the service under real systemds; `make systemd-test SYSTEMD_TESTS=install` a part of it.
.PHONY: systemd-test
systemd-test: $(BUILD)/xnlb lab-tools
	@$(LAB_ENV) BUILD=$(abspath $(BUILD)) bats --timing $(SYSTEMD_TESTS:%=tests/systemd/%.bats)
