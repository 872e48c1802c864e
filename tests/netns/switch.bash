# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a snooping switch does with frames for the cluster.

# True when the switch no longer floods a group that nobody joined. A querier takes its time.
snooping_works() {
	local mac=01:00:5e:01:01:01 group=239.1.1.1 range=$LAB_RAW4
	[[ $1 == 6 ]] && mac=33:33:00:00:12:34 group=ff05::1234 range=$LAB_RAW6
	lab_start switch "$LAB_DIR/probe" "$LAB_TOOLS/watch" -m "$mac" -d "$group"
	lab_until 5 grep -q watching "$LAB_DIR/probe"
	lab_on client "$LAB_TOOLS/flows" -m "$mac" -d "$group" -p 9 -u -f "$range" -n 1 -t 1 \
		>/dev/null 2>&1 || true
	lab_stop "$LAB_STARTED"
	sed 1d "$LAB_DIR/probe" | jq -e --arg family "$1" \
		'.ports.client["sent" + $family] > 0 and .ports.bystander["got" + $family] == 0' \
		>/dev/null
}

# Each node gets what all others send to the cluster: the client, and, of daemons, the other nodes.
all_nodes_get_all() {
	witness_sees '.ports as $p | $p.client.sent4 > 0 and $p.client.sent6 > 0 and ([("4", "6") as $f |
		([$p[]["sent" + $f]] | add) as $all | $p.node1, $p.node2, $p.node3, $p.node4 |
		.["got" + $f] + .["sent" + $f] == $all] | all)'
}
