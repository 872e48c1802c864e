# Checks of the tree itself, each shown to fail on a planted violation.

# The layering, documents against code, sizes and words.
.PHONY: meta
meta: all
	@BUILD=$(abspath $(BUILD)) CC=$(CC) bats tests/meta
