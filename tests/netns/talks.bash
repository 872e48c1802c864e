# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Long-lived connections of both families to the cluster, for labs that look whether they last.

CONNECTIONS=200

# talk: connections of both families to the cluster, on which numbers go back and forth.
talk() {
	local family from=(0 0 0 0 10.1.0.7 0 fd01::7)
	for family in 4 6; do
		lab_start client "$LAB_DIR/talk$family" "$LAB_TOOLS/talk" -d "$(lab_ip "$family")" \
			-f "${from[family]}" -n "$CONNECTIONS"
		TALKS[family]=$LAB_STARTED
	done
	for family in 4 6; do
		lab_until 20 grep -q talking "$LAB_DIR/talk$family"
	done
}

reports() { (($(grep -c '^end$' "$LAB_DIR/talk$1") >= $2)); }

# told NAME: how the connections are now, in $LAB_DIR/NAME: tcp SRC DST STATE NUMBER.
told() {
	local family before
	for family in 4 6; do
		before=$(grep -c '^end$' "$LAB_DIR/talk$family" || true)
		kill -USR1 "${TALKS[family]}"
		lab_until 10 reports "$family" $((before + 1))
		awk '/^end$/ { last = now; now = ""; next }
			/^tcp/ { now = now $0 "\n" }
			END { printf "%s", last }' "$LAB_DIR/talk$family"
	done >"$LAB_DIR/$1"
	[[ $(wc -l <"$LAB_DIR/$1") == $((2 * CONNECTIONS)) ]]
}

# went_on OF: since the report `mark`, at least five more numbers went back and forth on each
# connection of those nodes (a regular expression).
went_on() {
	told now
	paste -d ' ' "$LAB_DIR/mark" "$LAB_DIR/now" "$LAB_DIR/owners" |
		awk -v of="^($1)$" '$11 ~ of && $10 < $5 + 5 { exit 1 }'
}

# Resets that all nodes have sent.
resets() {
	local node
	for node in $LAB_NODES; do
		lab_on "$node" awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp
	done | paste -sd ' '
}

# all_open: no connection has ended, in the report `now`.
all_open() {
	awk '$4 != "open"' "$LAB_DIR/now" | tee "$LAB_DIR/bad" | head
	[[ ! -s $LAB_DIR/bad ]]
}

# begin_talks: connections to whoever has their buckets now; `owners` holds a word for each.
begin_talks() {
	talk
	told mark
	awk '{ print "node" }' "$LAB_DIR/mark" >"$LAB_DIR/owners"
	RESETS=$(resets)
}

# all_go_on WHAT: all of them, since `mark`, and no node has reset one.
all_go_on() {
	lab_until 20 went_on '.*' || {
		all_open
		return 1
	}
	all_open
	[[ $(resets) == "$RESETS" ]] || {
		echo "resets: $(resets), before $RESETS"
		return 1
	}
	say "$1: $((2 * CONNECTIONS)) connections went on"
	told mark
}

end_talks() {
	local family
	for family in 4 6; do
		lab_stop "${TALKS[family]}" || true
	done
}
