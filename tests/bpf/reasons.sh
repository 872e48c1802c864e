#!/usr/bin/env bash
# Every reason of include/xnlb/reason.h is expected by a test of this folder. TAP.
cd "$(dirname "$0")" || exit 1
missing=()
number=0
while read -r reason; do
	number=$((number + 1))
	grep -qE "(REASON\(|XNLB_REASON_|TAKEN_AS\()$reason\>" ./*.c || missing+=("$reason")
done < <(sed -nE 's/^[[:space:]]*X\(([A-Z_0-9]+),.*/\1/p' ../../include/xnlb/reason.h)

echo 1..1
if [ "$number" -gt 0 ] && [ "${#missing[@]}" -eq 0 ]; then
	echo "ok 1 - each of $number reasons is expected by a test"
else
	echo "not ok 1 - of $number reasons no test expects: ${missing[*]}"
	exit 1
fi
