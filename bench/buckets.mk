# Prints how many buckets move on changes and what a plan costs to compute.
.PHONY: bench-buckets
bench-buckets: $(BUILD)/bench/buckets
	@$<

$(BUILD)/bench/buckets: bench/buckets.c $(BUILD)/loader/core/buckets.o
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^
