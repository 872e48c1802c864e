# What holds all suites together, and the help.

# First what the others have built alike, then three rows side by side: what computes; what waits for the kernel
# much of the time, and what takes one CPU; and last what measures time, and goes first therefore.
SUITES := all-compilers \
	-- lint unit unit-sanitize sim model config-test coverage bpf-test meta \
	-- attach-test demo fuzz \
	-- systemd-test lab-test

# Builds and runs all suites above, goes on after a failure and adds up.
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
