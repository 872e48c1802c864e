#!/usr/bin/env bash
# tested.sh ROOT: each function that a header of the pure parts offers is called in a test.
. "$(dirname "$0")/common.bash"

tests=$(files tests -- '*.c' '*.h' | xargs -r -d '\n' cat)
while IFS=: read -r file line name; do
	grep -qw "$name" <<<"$tests" || violation "$file:$line: no test calls $name"
done < <(files loader/core loader/config loader/base -- '*.h' | xargs -r -d '\n' awk '
	FNR == 1 { depth = 0; comment = 0 }
	{ text = $0; sub(/\/\*.*\*\//, "", text) }
	text ~ /\/\*/ { comment = 1 }
	!comment && !depth && text ~ /^[a-z][A-Za-z0-9_ *]*[ *][a-z0-9_]+\(/ && text !~ /^(static|typedef|#)/ {
		name = text
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
		if (name != "__attribute__") print FILENAME ":" FNR ":" name
	}
	text ~ /\*\// { comment = 0 }
	!comment { depth += gsub(/\{/, "", text) - gsub(/\}/, "", text) }
')
verdict
