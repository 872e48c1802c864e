#!/usr/bin/env bash
# coverage.sh ROOT BUILD: each function of the core, the configuration and the base has run. BUILD was
# built with --coverage, and the tests have run in it (`make coverage`). Prints the lines that have run.
build=$(realpath "${2:?BUILD}")
. "$(dirname "$0")/common.bash"

# Run by the labs, where there is a machine to attach to; and when memory is short.
elsewhere='config_self|report_no_self|config_hash_key|say_warning|say_note|out_of_memory'

data=$(find "$build"/loader/{core,config,base} -name '*.gcda' 2>/dev/null | sort)
if [ -z "$data" ]; then
	echo "no test has run in $build"
	exit 2
fi
report=$(xargs -d '\n' gcov --json-format --stdout <<<"$data" |
	jq -r --arg elsewhere "^($elsewhere)\$" '
		.files[] | select(.file | test("^loader/.*[.]c$")) | .file as $file |
		([.lines[] | select(.count > 0)] | length) as $run |
		"lines \($file) \($run) \(.lines | length)",
		(.functions[] | select(.execution_count == 0 and (.name | test($elsewhere) | not)) |
			"never \($file):\(.start_line): \(.name)")')
sed -n 's/^lines //p' <<<"$report" | awk '{ printf "# %-28s %4d of %4d lines\n", $1, $2, $3; run += $2; all += $3 }
	END { printf "# %-28s %4d of %4d lines, %.1f %%\n", "together", run, all, 100 * run / all }'
while read -r _ place name; do
	violation "$place no test runs $name"
done < <(grep '^never ' <<<"$report")
verdict
