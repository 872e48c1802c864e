#!/usr/bin/env bash
# sizes.sh ROOT: no source file is longer than 500 lines. (Functions: clang-tidy, readability-function-size.)
. "$(dirname "$0")/common.bash"

while read -r lines file; do
	[ "$lines" -le 500 ] || violation "$file:$lines: more than 500 lines"
done < <(files bench bpf include loader maps scripts tests vmtest -- '*.c' '*.h' '*.sh' '*.bash' '*.bats' '*.mk' |
	xargs -r -d '\n' wc -l | grep -v ' total$')
verdict
