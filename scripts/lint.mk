# Static checks.

# Format, clang-tidy, cppcheck, sparse, shellcheck, white space; `make lint TOOLS=tidy` one of them.
.PHONY: lint
lint: $(SKELETON) $(BUILD)/gen/bare.skel.h
	@CPPFLAGS='$(CPPFLAGS:-I$(BUILD)/gen=-isystem $(BUILD)/gen) -Itests -Imaps -std=gnu11' \
		SKELETONS='$(SKELETON) $(BUILD)/gen/bare.skel.h' BPF_CPPFLAGS='$(filter-out -W%,$(BPF_CFLAGS))' \
		LINT_CACHE='$(BUILD)/lint' scripts/lint $(TOOLS)
