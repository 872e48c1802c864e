#!/usr/bin/env bash
# Runs fuzz targets, one after the other, in TAP.
#
#   tests/fuzz/run.sh FOLDER SECONDS NAME...
#
# FOLDER/NAME_fuzz starts from what it found in earlier runs (FOLDER/NAME-corpus), the goldens of
# tests/config for those that read configurations, and tests/fuzz/NAME-seeds.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 seconds=$2
shift 2
failures=0 number=0

echo "1..$#"
for name; do
	number=$((number + 1))
	corpus=("$folder/$name-corpus")
	mkdir -p "${corpus[0]}"
	[ ! -d "$here/$name-seeds" ] || corpus+=("$here/$name-seeds")
	[ "$name" != config ] || corpus+=("$here/../config")
	dict=()
	[ ! -e "$here/$name.dict" ] || dict=("-dict=$here/$name.dict")
	if "$folder/${name}_fuzz" "${dict[@]}" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$folder/$name-" "${corpus[@]}" >"$folder/$name.log" 2>&1; then
		runs=$(awk '/number_of_executed_units/ { print $2 }' "$folder/$name.log")
		echo "ok $number - fuzz: $name, $seconds s, $runs inputs"
	else
		failures=$((failures + 1))
		tail -n 60 "$folder/$name.log" | sed 's/^/# /'
		echo "not ok $number - fuzz: $name"
	fi
done
[ $failures -eq 0 ]
