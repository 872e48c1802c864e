# Unit tests of the pure core, with Criterion: one program for each file in tests/unit, linked with
# no more than the modules that it needs.

UNIT_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*.c)))
unit_core = $(1:%=$(BUILD)/loader/core/%.o)

$(BUILD)/tests/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_PROGRAMS): %: %.o
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ -lcriterion -lsodium -ljansson

$(BUILD)/tests/unit/buckets: $(call unit_core,buckets)
$(BUILD)/tests/unit/cluster: $(call unit_core,cluster)
$(BUILD)/tests/unit/hash: $(call unit_core,cluster reason)
$(BUILD)/tests/unit/mac: $(call unit_core,mac cluster)
$(BUILD)/tests/unit/reason: $(call unit_core,reason)
$(BUILD)/tests/unit/digest: $(call unit_core,digest)
$(BUILD)/tests/unit/residual: $(BUILD)/loader/daemon/residual.o $(call unit_core,wire view)
$(BUILD)/tests/unit/report: $(addprefix $(BUILD)/loader/daemon/,report.o report_live.o words.o) \
	$(call unit_core,explain words mac cluster reason slots)
$(BUILD)/tests/unit/request: $(addprefix $(BUILD)/loader/,daemon/request.o daemon/words.o \
	base/duration.o base/name.o base/suggest.o core/words.o)
$(BUILD)/tests/unit/view: $(call unit_core,view timing)
$(BUILD)/tests/unit/wire: $(call unit_core,wire view)
$(addprefix $(BUILD)/tests/unit/,membership found change): $(call unit_core,membership peers lease proposal clique view timing)
$(BUILD)/tests/unit/history: $(call unit_core,history membership peers lease proposal clique view timing)
$(BUILD)/tests/unit/closed: $(call unit_core,closed wire view)
$(BUILD)/tests/unit/ask: $(call unit_core,ask wire view)
$(BUILD)/tests/unit/wishes: $(addprefix $(BUILD)/loader/,daemon/wishes.o daemon/words.o base/say.o core/words.o)
$(BUILD)/tests/unit/store: $(BUILD)/loader/daemon/store.o
$(BUILD)/tests/unit/strangers: $(BUILD)/loader/daemon/strangers.o
$(BUILD)/tests/unit/words: $(call unit_core,words)
$(BUILD)/tests/unit/slots: $(call unit_core,slots)
$(BUILD)/tests/unit/owners: $(BUILD)/loader/daemon/owners.o
$(addprefix $(BUILD)/tests/unit/,tables plans owners explain): \
	$(call unit_core,tables explain reason buckets slots mac cluster timing view)

# Tests the pure core.
.PHONY: unit
unit: $(UNIT_PROGRAMS)
	@failed=0; for program in $^; do $$program --timeout 120 || failed=1; done; exit $$failed

# Criterion does not look at the exit code of a test's process, where leaks are reported: the
# reports count.
UNIT_REPORT = $(abspath $(BUILD))/sanitize/report

# Tests the same with AddressSanitizer and UndefinedBehaviorSanitizer.
.PHONY: unit-sanitize
unit-sanitize:
	@rm -f $(UNIT_REPORT).*
	@ASAN_OPTIONS=log_path=$(UNIT_REPORT) UBSAN_OPTIONS=log_path=$(UNIT_REPORT) \
		$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' unit
	@! cat $(UNIT_REPORT).* 2>/dev/null

# Writes the vectors again; a change of them is a change of what nodes agree on.
.PHONY: vectors
vectors:
	python3 tests/vectors/hash.py > tests/vectors/hash.h
	python3 tests/vectors/buckets.py > tests/vectors/buckets.h

-include $(UNIT_PROGRAMS:=.d)
