# Benchmarks: ratios of interleaved runs, never part of `make check` (root).
BENCH     := $(BUILD)/bench/dataplane
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out bench/buckets.c %.bpf.c,$(sort $(wildcard bench/*.c))))
BENCH_USE := $(filter $(addprefix $(BUILD)/loader/,base/% core/% dataplane/%),$(LOADER_OBJ))

$(BUILD)/bench/%.bpf.o: bench/%.bpf.c
	@mkdir -p $(@D)
	$(call step,BPF) $(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/bare.skel.h: $(BUILD)/bench/bare.bpf.o
	@mkdir -p $(@D)
	$(call step,SKEL) $(BPFTOOL) gen skeleton $< name bare_bpf > $@

$(BUILD)/bench/%.o: bench/%.c | $(BUILD)/gen/bare.skel.h
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BENCH): $(BENCH_OBJ) $(BENCH_USE)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# Measures the data plane's budgets, side by side with programs that do nothing, and its peers. ROUNDS=15.
.PHONY: bench
bench: $(BENCH)
	@unshare --net bench/lab.sh $(BENCH) $(ROUNDS)

-include $(BENCH_OBJ:.o=.d)
