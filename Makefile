# xnlb: `make` builds build/xnlb; the other targets are listed by `make help`.
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# bpftool is there, and not in everybody's path.
export PATH := $(PATH):/usr/sbin:/sbin

BUILD     ?= build
ifeq ($(origin CC),default)
CC        := gcc
endif
BPF_CLANG ?= clang-14
BPFTOOL   ?= bpftool
ARCH_INCLUDE := $(shell $(CC) -print-multiarch 2>/dev/null)

WARN   := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
          -Wold-style-definition -Wvla -Wpointer-arith -Wwrite-strings -Wundef
CPPFLAGS += -D_GNU_SOURCE -Iinclude -Iloader -I$(BUILD)/gen
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 $(WARN) $(SANITIZE)
LDFLAGS += $(SANITIZE)
LIBS   := -lxdp -lbpf -lelf -lz -lfyaml -lsodium -ljansson -lmnl -lsystemd -lmicrohttpd -lcurl -lpthread

BPF_CFLAGS := -std=gnu11 -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wshadow \
              -Wno-unused-function -Iinclude -Imaps -Ibpf -I/usr/include/$(ARCH_INCLUDE)

# Says what is made instead of how; `make V=1` shows the commands.
step = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$@';)

LOADER_SRC := $(sort $(wildcard loader/*/*.c))
CORE_SRC   := $(sort $(wildcard loader/core/*.c))
CONFIG_SRC := $(sort $(wildcard loader/config/*.c)) $(sort $(wildcard loader/base/*.c))
LOADER_OBJ := $(LOADER_SRC:%.c=$(BUILD)/%.o)
CORE_OBJ   := $(CORE_SRC:%.c=$(BUILD)/%.o)
CONFIG_OBJ := $(CONFIG_SRC:%.c=$(BUILD)/%.o)
BPF_SRC    := $(sort $(wildcard bpf/*.bpf.c))
BPF_OBJ    := $(BPF_SRC:%.c=$(BUILD)/%.o)
SKELETON   := $(BUILD)/gen/xnlb.skel.h

# Builds the binary, with the BPF programs inside.
.PHONY: all
all: $(BUILD)/xnlb

$(BUILD)/xnlb: $(LOADER_OBJ)
	$(call step,LINK) $(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/loader/%.o: loader/%.c
	@mkdir -p $(@D)
	$(call step,CC) $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Whoever includes the skeleton needs it before the first compile; later -MMD knows.
$(filter $(BUILD)/loader/dataplane/%,$(LOADER_OBJ)): | $(SKELETON)

$(BUILD)/bpf/%.o: bpf/%.c
	@mkdir -p $(@D)
	$(call step,BPF) $(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/xnlb.bpf.o: $(BPF_OBJ)
	$(call step,BPF) $(BPFTOOL) gen object $@ $^

# It mentions the section for libxdp, which it leaves alone: what it says counts when it fails.
$(SKELETON): $(BUILD)/xnlb.bpf.o
	@mkdir -p $(@D)
	$(call step,SKEL) $(BPFTOOL) gen skeleton $< name xnlb_bpf > $@ 2> $@.said || { cat $@.said >&2; false; }

# Removes everything that was built.
.PHONY: clean
clean:
	rm -rf $(BUILD)

# Tests, benchmarks, labs and the installation: one file a concern.
include $(sort $(wildcard tests/*.mk bench/*.mk scripts/*.mk packaging/*.mk) vmtest/vmtest.mk)

-include $(LOADER_OBJ:.o=.d) $(BPF_OBJ:.o=.d)
