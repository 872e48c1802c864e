#!/usr/bin/env bash
# run.sh quick|full [PATTERN]: the models pass, as the file runs says, and each mutant (that matches) fails.
# Prints TAP. Memory is limited to 4 GB, and so is the depth: a search that was cut short does not pass.
set -uo pipefail
set=${1:?quick or full} pattern=${2-}
case $set in quick | full) ;; *) echo "run.sh: quick or full, not '$set'" >&2; exit 2 ;; esac
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
number=0 failed=0

result() { # ok|"not ok" TEXT
	number=$((number + 1))
	echo "$1 $number $2"
	[ "$1" = ok ] || failed=1
}

# search MODEL BOUND...: prints what the model checker says.
search() {
	rm -f pan*
	spin -a "${@:2}" "$here/$1.pml" || return
	# Each state is kept as a hash of 64 bits and more: two that fall together would hide what comes after one.
	"${CC:-gcc}" -O2 -w -DSAFETY -DNOREDUCE -DHC4 -DMEMLIM=4000 -o pan pan.c || return
	./pan -m1000000 -w24 -n
}

states() { awk '/ states, stored/ { printf "%.0f states", $1 }' log; }

# Spin says so when it did not see all.
complete() {
	grep -q 'errors: 0' log && ! grep -qE 'Search not completed|max search depth|out of memory|reached -DMEMLIM' log
}

pass() { # MODEL BOUND...
	search "$@" >log 2>&1
	if complete; then
		result ok "model $*: $(states), complete"
	else
		grep -vE '^Depth=' log | cut -c 1-120 | head -n 5 | sed 's/^/# /'
		result 'not ok' "model $*"
	fi
}

fail() { # NAME WHAT MODEL BOUND...
	search "$3" "-DMUTANT_$1" "${@:4}" >log 2>&1
	if grep -q 'assertion violated' log && grep -q 'errors: 1' log; then
		result ok "mutant $1 (${*:3}): fails after $(states)"
	else
		grep -vE '^Depth=' log | cut -c 1-120 | head -n 5 | sed 's/^/# /'
		result 'not ok' "mutant $1, $2 (${*:3}): not found"
	fi
}

while read -r when model bounds; do
	case $when in '' | '#'*) continue ;; esac
	[ "$set" = full ] || [ "$when" = quick ] || continue
	[[ "$model $bounds" =~ $pattern ]] || continue
	# shellcheck disable=SC2086 # words
	pass "$model" $bounds
done <"$here/runs"

name='' what=''
while IFS= read -r line; do
	case $line in
	'' | '#'*) ;;
	$'\t'*)
		read -r when model bounds <<<"$line"
		[ "$set" = full ] || [ "$when" = quick ] || continue
		[[ $name =~ $pattern ]] || continue
		# shellcheck disable=SC2086 # words
		fail "$name" "$what" "$model" $bounds
		;;
	*)
		name=${line%%:*}
		what=${line#*: }
		;;
	esac
done <"$here/mutants"
echo "1..$number"
exit $failed
