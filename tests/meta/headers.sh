#!/usr/bin/env bash
# headers.sh ROOT BUILD: each header of the contracts and of the loader compiles alone.
build=$(realpath "${2:?BUILD}")
. "$(dirname "$0")/common.bash"

while read -r header; do
	printf '#include "%s"\n' "${header#*/}" |
		"${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -Iloader -I"$build/gen" \
			-fsyntax-only -x c - || violation "$header:1: does not compile alone"
done < <(files include loader -- '*.h')
verdict
