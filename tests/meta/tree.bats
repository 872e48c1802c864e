#!/usr/bin/env bats
# The checks of this folder, on the tree itself. BUILD is set by the Makefile.

setup() {
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	cd "$root" || return
}

@test "layers: each floor includes only what lies below it" {
	tests/meta/layers.sh "$root"
}

@test "symbols: the core calls no socket, clock, BPF or printing" {
	tests/meta/symbols.sh "$root" "$BUILD"
}

@test "headers: each compiles alone" {
	tests/meta/headers.sh "$root" "$BUILD"
}

@test "documents: maps, reasons, verbs, keys, files and targets are those of the code" {
	tests/meta/documents.sh "$root" "$BUILD/xnlb"
}

@test "sizes: no source file over 500 lines" {
	tests/meta/sizes.sh "$root"
}

@test "licence: each source file opens with it" {
	tests/meta/licence.sh "$root"
}

@test "words: nothing unfinished, no path of a machine" {
	tests/meta/words.sh "$root"
}

@test "vectors: they are what the second implementation says" {
	python3 tests/vectors/hash.py | diff - tests/vectors/hash.h
	python3 tests/vectors/buckets.py | diff - tests/vectors/buckets.h
}
