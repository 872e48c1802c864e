#!/usr/bin/env bats
# Each check of this folder finds what it is there for: a violation is planted in a copy of the tree.

setup_file() {
	export COPY=$BATS_FILE_TMPDIR/tree
	cd "$BATS_TEST_DIRNAME/../.." || return
	mkdir "$COPY"
	local part
	for part in Makefile ./*.md bench bpf docs include loader maps packaging scripts tests; do
		[ ! -e "$part" ] || cp -r "$part" "$COPY"/
	done
	cp "$BUILD/xnlb" "$BATS_FILE_TMPDIR/xnlb"
}

setup() {
	meta=$BATS_TEST_DIRNAME
	cd "$COPY" || return
}

# planted MESSAGE CHECK ARGUMENT...: the check fails and says so.
planted() {
	local message=$1
	shift
	run "$meta/$1" "${@:2}"
	[ "$status" -eq 1 ] || { echo "exit $status: $output"; return 1; }
	grep -qF -- "$message" <<<"$output" || { echo "no '$message' in: $output"; return 1; }
}

# with FILE TEXT COMMAND...: runs the command while TEXT is appended to FILE, new or not.
with() {
	local file=$1 text=$2 code=0
	shift 2
	mkdir -p "$(dirname "$file")"
	[ ! -e "$file" ] || cp "$file" "$BATS_TEST_TMPDIR/kept"
	printf '%s\n' "$text" >>"$file"
	"$@" || code=$?
	rm "$file"
	[ ! -e "$BATS_TEST_TMPDIR/kept" ] || mv "$BATS_TEST_TMPDIR/kept" "$file"
	return $code
}

# without FILE EXPRESSION COMMAND...: runs the command while sed has changed FILE.
without() {
	local file=$1 expression=$2 code=0
	shift 2
	cp "$file" "$BATS_TEST_TMPDIR/kept"
	sed -i -E "$expression" "$file"
	! cmp -s "$file" "$BATS_TEST_TMPDIR/kept" || { echo "nothing was planted in $file"; return 1; }
	"$@" || code=$?
	mv "$BATS_TEST_TMPDIR/kept" "$file"
	return $code
}

@test "layers: the contracts include libc" {
	with include/xnlb/limits.h '#include <string.h>' planted 'include/xnlb may not include <string.h>' layers.sh .
}

@test "layers: the core includes a socket header" {
	with loader/core/new.c '#include <sys/socket.h>' planted 'loader/core may not include <sys/socket.h>' layers.sh .
}

@test "layers: the core includes the base" {
	with loader/core/new.c '#include "base/say.h"' planted 'loader/core may not include "base/say.h"' layers.sh .
}

@test "layers: the configuration includes the data plane, and the other way round" {
	with loader/config/new.h '#include "dataplane/link.h"' planted 'loader/config may not' layers.sh .
	with loader/dataplane/new.h '# include "config/config.h"' planted 'loader/dataplane may not' layers.sh .
}

@test "layers: the base includes libfyaml" {
	with loader/base/new.c '#include <libfyaml.h>' planted 'loader/base may not include <libfyaml.h>' layers.sh .
}

@test "layers: the programs include libc, the maps a program" {
	with bpf/new.h '#include <stdio.h>' planted 'bpf may not include <stdio.h>' layers.sh .
	with maps/maps.h '#include "parse.h"' planted 'maps may not include "parse.h"' layers.sh .
}

@test "layers: a folder that the table does not know" {
	with loader/misc/new.c 'int misc;' planted 'no floor' layers.sh .
}

@test "symbols: a socket, a clock, BPF, printing" {
	local symbol
	mkdir -p "$BATS_TEST_TMPDIR/loader/core"
	for symbol in socket clock_gettime time bpf_map_update_elem printf fprintf puts getenv; do
		printf 'int %s(void);\nint f(void);\nint f(void) { return %s(); }\n' $symbol $symbol |
			gcc -w -fno-builtin -c -x c -o "$BATS_TEST_TMPDIR/loader/core/new.o" -
		planted "may not use $symbol" symbols.sh . "$BATS_TEST_TMPDIR"
	done
}

@test "symbols: no objects is not success" {
	run "$meta/symbols.sh" . "$BATS_TEST_TMPDIR"
	[ "$status" -eq 2 ]
}

@test "headers: one that needs another before it" {
	with loader/core/new.h 'int f(struct unknown what);' planted 'loader/core/new.h:1: does not compile alone' headers.sh . "$BATS_TEST_TMPDIR"
}

@test "documents: a map without a section, a section without a map" {
	with maps/maps.h '} planted __weak SEC(".maps");' \
		planted 'map planted is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	with maps/README.md '## planted' \
		planted 'documents map planted, which does not exist' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "documents: a map's layout of before, and none" {
	without include/xnlb/tables.h 's/^(#define XNLB_LAYOUT) .*/\1 1000/' \
		planted 'layout 1000 is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	without maps/README.md '/"layout":/d' \
		planted 'is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	without include/xnlb/tables.h '/^#define XNLB_LAYOUT/d' \
		planted 'which does not exist' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "documents: a reason without a row, and under another verdict" {
	without docs/reasons.md '/^\| `own-bucket`/d' \
		planted 'reason own-bucket accept is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	without include/xnlb/reason.h 's/"own-bucket", ACCEPT/"own-bucket", DROP/' \
		planted 'reason own-bucket drop is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "documents: a verb without a section, and one that does not exist" {
	without docs/commands.md '/^#+ .*keygen/d' \
		planted 'verb keygen is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	with docs/new.md 'Say `xnlb planted`.' \
		planted "docs/new.md:1: there is no verb 'planted'" documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "documents: a configuration key without an entry, and one that does not exist" {
	without docs/configuration.md '/^(\||#+) `cluster\.mode`/d' \
		planted 'key cluster.mode is not documented' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	with docs/configuration.md '## `planted`' \
		planted 'documents key planted, which does not exist' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "documents: a link and a path to nowhere" {
	with docs/new.md 'See [it](planted.md).' \
		planted 'docs/new.md:1: links to planted.md' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	with docs/new.md 'See `loader/planted.c`.' \
		planted 'docs/new.md:1: names loader/planted.c' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "documents: a target that does not exist, and one without a comment" {
	with docs/new.md 'Say `make planted`.' \
		planted "docs/new.md:1: there is no target 'planted'" documents.sh . "$BATS_FILE_TMPDIR/xnlb"
	with tests/new.mk '.PHONY: planted' \
		planted 'target planted has no comment' documents.sh . "$BATS_FILE_TMPDIR/xnlb"
}

@test "sizes: a file of 501 lines" {
	with loader/core/new.c "$(yes 'int many;' | head -n 501)" planted 'loader/core/new.c:501' sizes.sh .
}

@test "licence: a file without" {
	with loader/core/new.c 'int naked;' planted 'loader/core/new.c:1: does not open' licence.sh .
}

@test "words: unfinished" {
	with loader/core/new.c '/* TO''DO: all of it */' planted 'loader/core/new.c:1:' words.sh .
}

@test "words: a path of a machine" {
	with docs/new.md 'Look into /wor''k/tree.' planted 'docs/new.md:1:' words.sh .
	with docs/new.md 'Look into /ho''me/somebody/tree.' planted 'docs/new.md:1:' words.sh .
}

@test "coverage: a function that no test runs, and no run at all" {
	mkdir -p loader/planted "$BATS_TEST_TMPDIR/loader"/{core,config,base}
	printf 'int never(void);\nint never(void) { return 1; }\nint main(void) { return 0; }\n' >loader/planted/new.c
	gcc --coverage -O0 -c -o "$BATS_TEST_TMPDIR/loader/core/new.o" loader/planted/new.c
	gcc --coverage -o "$BATS_TEST_TMPDIR/new" "$BATS_TEST_TMPDIR/loader/core/new.o"
	run "$meta/coverage.sh" . "$BATS_TEST_TMPDIR"
	[ "$status" -eq 2 ]
	"$BATS_TEST_TMPDIR/new"
	planted 'loader/planted/new.c:2: no test runs never' coverage.sh . "$BATS_TEST_TMPDIR"
	rm -r loader/planted
}
