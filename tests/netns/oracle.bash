# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The oracle (oracle.c) beside a lab's traffic.

# oracle [OPTION...]: starts it. When nodes are cut off from each other goes to $LAB_DIR/apart.
oracle() {
	: >"$LAB_DIR/apart"
	setpriv --pdeathsig KILL "$LAB_TOOLS/oracle" -l "$LAB_DIR" -d "$LAB_IP4" -d "$LAB_IP6" \
		-a "$LAB_DIR/apart" "$@" </dev/null >"$LAB_DIR/oracle" 2>"$LAB_DIR/oracle.err" 3>&- &
	ORACLE=$!
	lab_until 10 grep -q listening "$LAB_DIR/oracle" || {
		cat "$LAB_DIR/oracle.err"
		return 1
	}
}

# oracle_end: its judgement is in $LAB_DIR/seen, complete.
oracle_end() {
	lab_stop "$ORACLE"
	sed 1d "$LAB_DIR/oracle" >"$LAB_DIR/seen"
	seen '.missed == 0'
}

# oracle_says: what it found, for a report.
oracle_says() {
	jq -r '"\(.syns) SYNs, \(.sent) sent, \(.taken) taken, \(.nobody) by nobody, \(.moved) moved; " +
		"twice \(.twice), and \(.twice_apart) apart; resets \(.resets), foreign \(.foreign), " +
		"and \(.foreign_apart) apart, half-open \(.half_open)"' \
		"$LAB_DIR/seen"
}
