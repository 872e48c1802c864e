# The BPF programs: tables of packets through BPF_PROG_TEST_RUN, in the running kernel (root).

BPF_TEST     := $(BUILD)/tests/bpf/tables
BPF_TEST_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/bpf/*.c)))
BPF_TEST_USE := $(filter $(addprefix $(BUILD)/loader/,base/% core/% dataplane/%),$(LOADER_OBJ))

$(BUILD)/tests/bpf/%.o: tests/bpf/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP -c -o $@ $<

$(BPF_TEST): $(BPF_TEST_OBJ) $(BPF_TEST_USE)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ -lcriterion $(LIBS)

# Tests the BPF programs, of this compiler and of the other supported one (clang-19).
.PHONY: bpf-test
bpf-test: $(BPF_TEST)
	@failed=0; \
	tests/bpf/reasons.sh || failed=1; \
	$(BPF_TEST) --timeout 120 || failed=1; \
	$(MAKE) --no-print-directory BUILD=$(BUILD)/clang-14-clang-19 CC=clang-14 BPF_CLANG=clang-19 \
		bpf-tables || failed=1; \
	exit $$failed

# Tests the BPF programs of one compiler.
.PHONY: bpf-tables
bpf-tables: $(BPF_TEST)
	@$(BPF_TEST) --timeout 120

FRAMES ?= 10000000

# Sends FRAMES=10000000 heartbeats of somebody without the key through the XDP program: nothing changes.
.PHONY: forged
forged: $(BPF_TEST)
	@FRAMES=$(FRAMES) $(BPF_TEST) --filter 'xdp_forged/*'

-include $(BPF_TEST_OBJ:.o=.d)
