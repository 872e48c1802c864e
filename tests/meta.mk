# Checks of the tree itself, each shown to fail on a planted violation.

# The layering, documents against code, sizes and words.
.PHONY: meta
meta: all
	@BUILD=$(abspath $(BUILD)) CC=$(CC) bats tests/meta

# Runs scripts/check on a minimal Debian 12, made in a temporary folder (root, debootstrap, minutes).
.PHONY: bare-check
bare-check:
	tests/meta/bare-system.sh
