# What holds all suites together, and the help.

SUITES := lint all-compilers unit unit-sanitize sim model config-test coverage bpf-test meta fuzz attach-test lab-test systemd-test demo

# Builds and runs all suites below, goes on after a failure and adds up.
.PHONY: check
check:
	+@MAKE='$(MAKE)' scripts/run-suites $(BUILD)/check $(SUITES)

# Builds with every compiler that is supported, each in its own folder.
.PHONY: all-compilers
all-compilers:
	+@MAKE='$(MAKE)' scripts/all-compilers $(BUILD)

# Lists the targets.
.PHONY: help
help:
	@awk -f scripts/help.awk $(MAKEFILE_LIST)
