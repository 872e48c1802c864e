# Static checks.

# Format, clang-tidy, cppcheck, sparse, shellcheck, white space. `make lint TOOLS=tidy` runs one of them.
.PHONY: lint
lint: $(SKELETON)
	@CPPFLAGS='$(CPPFLAGS) $(TEST_CPPFLAGS) -std=gnu11' BPF_CPPFLAGS='$(filter-out -W%,$(BPF_CFLAGS))' scripts/lint $(TOOLS)
