#!/usr/bin/env bash
# documents.sh ROOT XNLB: the documents say what the code has, no more and no less: maps, their
# layout, reasons, verbs, configuration keys, files, make targets. XNLB is the binary: it knows its verbs and keys.
xnlb=$(realpath "${2:?XNLB}")
. "$(dirname "$0")/common.bash"

# same FILE WHAT CODE DOCUMENTED: two lists, one name a line, that must be equal.
same() {
	local name
	while read -r name; do
		violation "$1:1: $2 $name is not documented"
	done < <(comm -23 <(sort -u <<<"$3") <(sort -u <<<"$4") | grep .)
	while read -r name; do
		violation "$1:1: documents $2 $name, which does not exist"
	done < <(comm -13 <(sort -u <<<"$3") <(sort -u <<<"$4") | grep .)
}

text_of() { cat "$1" 2>/dev/null || violation "$1:1: is missing"; }

# A section with the map's name for each.
maps() {
	same maps/README.md map \
		"$(sed -nE 's/^\} ([a-z0-9_]+) .*SEC\("\.maps"\);/\1/p; s/^extern volatile struct [a-z0-9_]+ ([a-z0-9_]+);/\1/p' maps/maps.h)" \
		"$(text_of maps/README.md | sed -nE 's/^## `?([a-z0-9_]+)`?$/\1/p')"
}

# The example is of the layout that the code has.
layout() {
	same maps/README.md layout \
		"$(sed -nE 's/^#define XNLB_LAYOUT ([0-9]+)$/\1/p' include/xnlb/tables.h)" \
		"$(text_of maps/README.md | sed -nE 's/^ *"layout": ([0-9]+),$/\1/p')"
}

# A row for each, in the section of its verdict: "## accept", "| `own-bucket` | ...".
reasons() {
	same docs/reasons.md reason "$(
		printf '#include <xnlb/reason.h>\n#define X(id, field, name, verdict, text) @name verdict\nXNLB_REASON_LIST(X)\n' |
			"${CC:-gcc}" -E -P -Iinclude - | grep -oE '@"[a-z-]+" [A-Z]+' | tr -d '@"' | tr '[:upper:]' '[:lower:]'
	)" "$(text_of docs/reasons.md | awk '/^## / { verdict = $2 } /^\| `/ { gsub(/`/, ""); print $2, verdict }')"
}

# A section for each, and no word of one that does not exist.
verbs() {
	local known
	known=$("$xnlb" help | sed -nE 's/^  ([a-z0-9]+) .*/\1/p')
	same docs/commands.md verb "$known" "$(text_of docs/commands.md | sed -nE 's/^## `?([a-z0-9]+)(`| |$).*/\1/p')"
	while IFS=: read -r file line verb; do
		grep -qxF "$verb" <<<"$known"$'\nhelp' || violation "$file:$line: there is no verb '$verb'"
	done < <(documents | xargs -r -d '\n' grep -nHoE '(`|^|[$#] )(sudo |build/|\./)*xnlb [a-z0-9]+' | sed -E 's/:[^:]*xnlb /:/')
}

# Each by its path, "rules[].ports", as a row of a table of keys or as the heading of its section.
keys() {
	same docs/configuration.md key "$("$xnlb" check --keys | awk 'NR > 1 { print $1 }')" \
		"$(text_of docs/configuration.md | awk -F '`' '
			/^\| key / { table = 1 }
			!/^\|/ { table = 0 }
			/^## `[a-z]+`$/ || table && /^\| `/ { print $2 }')"
}

documents() {
	files docs maps bpf tests bench examples packaging vmtest include loader -- '*.md'
	ls ./*.md 2>/dev/null
}

# What a document links to or names as a path of the tree must be there.
links() {
	local file line target
	while IFS=: read -r file line target; do
		case $target in http*:* | mailto:* | '#'*) continue ;; esac
		target=${target%%#*}
		[ -e "$(dirname "$file")/$target" ] || violation "$file:$line: links to $target, which does not exist"
	done < <(documents | xargs -r -d '\n' grep -nHoE '\]\([^) ]+\)' | sed -E 's/\]\(([^)]*)\)$/\1/')
	while IFS=: read -r file line target; do
		[ -e "$target" ] || [ -e "$(dirname "$file")/$target" ] ||
			violation "$file:$line: names $target, which does not exist"
	done < <(documents | xargs -r -d '\n' grep -nHoE \
		'`(bench|bpf|docs|examples|include|loader|maps|packaging|scripts|tests|vmtest)/[A-Za-z0-9_./-]*`' | tr -d '`')
}

# Targets: named ones exist, and each has its line in `make help`.
targets() {
	local known file line target
	known=$(grep -hE '^\.PHONY:' Makefile ./*/*.mk 2>/dev/null | sed 's/^\.PHONY://' | tr -s ' ' '\n' | grep .)
	while IFS=: read -r file line target; do
		grep -qxF "$target" <<<"$known" || violation "$file:$line: there is no target '$target'"
	done < <(documents | xargs -r -d '\n' grep -nHoE '(`|^|[$#] |    )make [a-z][a-z0-9-]*' | sed -E 's/:[^:]*make /:/')
	while read -r target; do
		violation "Makefile:1: target $target has no comment above its .PHONY line"
	done < <(awk -f scripts/help.awk Makefile ./*/*.mk 2>/dev/null | awk 'NF == 1 { print $1 }')
}

maps
layout
reasons
verbs
keys
links
targets
verdict
