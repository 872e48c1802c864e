# Fuzzing of every parser: tests/fuzz/NAME_fuzz.c, with libFuzzer, address and undefined-behaviour sanitizers.
FUZZ_SECONDS ?= 20
FUZZ_CC      ?= clang-14
FUZZ_CFLAGS  := -std=gnu11 -O1 -g $(WARN) -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_BUILD   := $(BUILD)/fuzz
FUZZ_NAMES   := $(patsubst tests/fuzz/%_fuzz.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
FUZZ_OBJ     := $(patsubst %.c,$(FUZZ_BUILD)/%.o,$(CORE_SRC) $(CONFIG_SRC) loader/cli/flow.c \
		loader/daemon/request.c loader/daemon/residual.c loader/daemon/words.c)
FUZZ_LIBS    := -lfyaml -lsodium -ljansson

$(FUZZ_BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call step,CC) $(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ_NAMES:%=$(FUZZ_BUILD)/%_fuzz): $(FUZZ_BUILD)/%_fuzz: $(FUZZ_BUILD)/tests/fuzz/%_fuzz.o $(FUZZ_OBJ)
	$(call step,LINK) $(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LIBS)

# Every fuzz target for FUZZ_SECONDS. What breaks one is left as build/fuzz/NAME-...: add it to the corpus.
.PHONY: fuzz
fuzz: $(FUZZ_NAMES:%=$(FUZZ_BUILD)/%_fuzz)
	@tests/fuzz/run.sh $(FUZZ_BUILD) $(FUZZ_SECONDS) $(FUZZ_NAMES)

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_NAMES:%=$(FUZZ_BUILD)/tests/fuzz/%_fuzz.d)
