# Configurations and what is said about them, and the command's frame.

# Goldens of the configuration's errors, key files, the frame of the command.
.PHONY: config-test
config-test: $(BUILD)/xnlb
	tests/config/run.sh $(BUILD)/xnlb
	XNLB=$(abspath $(BUILD)/xnlb) bats tests/config
