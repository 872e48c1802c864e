#!/usr/bin/env bash
# symbols.sh ROOT BUILD: the objects of loader/core call nothing but each other and these functions of
# the C library: no socket, no clock, no BPF, no printing.
build=$(realpath "${2:?BUILD}")
. "$(dirname "$0")/common.bash"

allowed='(mem|str)[a-z]+|__isoc[0-9]+_(strto[a-z]+|sscanf)|snprintf|vsnprintf|sscanf|malloc|calloc|realloc|reallocarray|free|explicit_bzero|qsort|bsearch|inet_(pton|ntop)|hton[sl]|ntoh[sl]|__errno_location|__ctype_[a-z_]+|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__popcountdi2'

objects=("$build"/loader/core/*.o)
if [ ! -e "${objects[0]}" ]; then
	echo "no objects in $build/loader/core"
	exit 2
fi
while read -r object symbol; do
	violation "$object: the core may not use $symbol"
done < <(
	nm -A -P "${objects[@]}" | awk -v allowed="^($allowed)$" '
	{ sub(/:$/, "", $1) }
	$3 == "U" { used[$1 " " $2] = $2; next }
	{ own[$2] }
	END {
		for (use in used)
			if (!(used[use] in own) && used[use] !~ allowed)
				print use
	}' | sort
)
verdict
