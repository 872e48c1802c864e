#!/usr/bin/env bash
# run.sh SIM SEEDS JOBS [PATTERN]: the simulator passes SEEDS seeds, and fails for each mutant (that matches).
# Prints TAP.
set -uo pipefail
sim=$1 seeds=$2 jobs=$3 pattern=${4-}
here=$(dirname "$0")
source=(timing view membership peers lease proposal clique)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 failed=0

result() { # ok|"not ok" TEXT
	number=$((number + 1))
	echo "$1 $number $2"
	[ "$1" = ok ] || failed=1
}

if "$sim" -j "$jobs" -n "$seeds" | tee "$work/log" | sed 's/^/# /'; then
	result ok "$(tail -n 1 "$work/log")"
else
	result 'not ok' "$(tail -n 1 "$work/log")"
fi

# compile FOLDER FILE...: of a tree in $work, to objects in the folder.
compile() {
	local folder=$1 file
	mkdir -p "$folder"
	for file in "${@:2}"; do
		"${CC:-gcc}" -std=gnu11 -O2 -w -D_GNU_SOURCE -I"$here/../../include" -I"$work/tree/loader" -c \
			-o "$folder/$(basename "$file" .c).o" "$file" 2>"$work/errors" || return
	done
}

# fresh_tree: a copy of the core and the simulator.
fresh_tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/tests" "$work/tree/loader"
	cp -r "$here" "$work/tree/tests/sim"
	cp -r "$here/../../loader/core" "$work/tree/loader/core"
}

# plant LINE...: the simulator, built of a copy that was changed as each "FILE EXPRESSION" says, a file with code. What is
# not changed was compiled once.
plant() {
	local line file changed=()
	fresh_tree
	for line; do
		file=$work/tree/loader/core/${line%% *}
		[ -e "$file" ] || file=$work/tree/tests/sim/${line%% *}
		cp "$file" "$work/before"
		sed -zE -i "${line#* }" "$file" 2>"$work/errors" || return 1
		! cmp -s "$file" "$work/before" || { echo "changes nothing: $line" >"$work/errors"; return 1; }
		changed+=("$file")
	done
	rm -rf "$work/mutated"
	cp -r "$work/objects" "$work/mutated"
	compile "$work/mutated" "${changed[@]}" &&
		"${CC:-gcc}" -o "$work/mutant" "$work"/mutated/*.o 2>"$work/errors"
}

try() {
	[ ${#changes[@]} -gt 0 ] || return 0
	[[ $what =~ $pattern ]] || { changes=(); return 0; }
	if ! plant "${changes[@]}"; then
		sed 's/^/# /' "$work/errors" | head -n 5
		result 'not ok' "mutant $what: not planted"
	elif "$work/mutant" -s -j "$jobs" -n "$seeds" >"$work/log"; then
		result 'not ok' "mutant $what: not found"
	else
		result ok "mutant $what: $(head -n 1 "$work/log")"
	fi
	changes=()
}

fresh_tree
source=("${source[@]/%/.c}")
compile "$work/objects" "$work"/tree/tests/sim/*.c "${source[@]/#/$work/tree/loader/core/}" ||
	{ cat "$work/errors"; exit 1; }
changes=()
while IFS= read -r line; do
	case $line in
	'' | '#'*) ;;
	$'\t'*) changes+=("${line#$'\t'}") ;;
	*)
		try
		what=$line
		;;
	esac
done <"$here/mutants"
try
echo "1..$number"
exit $failed
