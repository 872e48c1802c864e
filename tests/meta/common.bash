# For the checks of this folder: each is `check.sh ROOT`, prints one line for each violation, as
# "FILE:LINE: what", and exits 1 if there was one. tests/meta/tree.bats runs them on the tree,
# tests/meta/planted.bats on copies with a planted violation.
set -uo pipefail
export LC_ALL=C
root=${1:?ROOT}
cd "$root" || exit 2
violations=0

violation() {
	echo "$*"
	violations=$((violations + 1))
}

# Files below the folders (of those that exist) with one of the endings; "--" separates the two.
files() {
	local folders=() endings=()
	while [ "$1" != -- ]; do
		[ ! -e "$1" ] || folders+=("$1")
		shift
	done
	shift
	for ending; do endings+=(-o -name "$ending"); done
	[ ${#folders[@]} -eq 0 ] || find "${folders[@]}" -type f \( "${endings[@]:1}" \) | sort
}

verdict() {
	[ $violations -eq 0 ]
	exit
}
