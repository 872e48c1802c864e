# shellcheck shell=bash disable=SC2154 # daemon: daemons.bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# How long nobody takes what a node had that dies: SYNs of flows whose owners are known beforehand, and the oracle's list.
# RATE: how many a second.

FLOWS=$((RATE * 10))

# client_flows RATE: SYNs, so many a second, none of them twice.
client_flows() {
	lab_start client "$LAB_DIR/flows" "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" \
		-d "$LAB_IP4" -p 7001 -f "$LAB_RAW4" -n "$FLOWS" -r "$1" -w "$FLOWS" -t 60000 -s 1
	LAB_CLIENT=$LAB_STARTED
}

# owners FILE [NODE]: whose each flow is, without NODE: tcp SRC DST OWNER.
owners() {
	sed "/name: ${2:-nobody}}/d" "$LAB_DIR/lab.yaml" >"$LAB_DIR/without.yaml"
	"$XNLB" explain -c "$LAB_DIR/without.yaml" -j - <"$LAB_DIR/list" | jq -r .owner.name >"$LAB_DIR/names"
	paste -d ' ' "$LAB_DIR/list" "$LAB_DIR/names" >"$LAB_DIR/$1"
}

# The flows are the same in each run. They are seen once, while no node answers.
list_flows() {
	local node before
	oracle -e "$LAB_DIR/events"
	before=$(frames_sent)
	client_flows 20000
	lab_until 30 has_sent $((before + FLOWS))
	lab_stop "$LAB_CLIENT" || true
	lab_stop "$ORACLE"
	awk '$2 == "sent" { print $4, $5, $6 }' "$LAB_DIR/events" >"$LAB_DIR/list"
	owners before
	for node in $LAB_NODES; do
		owners "after.$node" "$node"
	done
}

frames_sent() {
	lab_on client cat /sys/class/net/eth0/statistics/tx_packets
}

has_sent() {
	(($(frames_sent) >= $1))
}

# crash NODE: from now on nobody hears it, and it hears nobody.
crash() {
	lab_on switch ip link set dev "$1" down
	kill -KILL "${daemon[$1]}"
}

# judge NODE: "FROM_HEARD FROM_CRASH PAUSE GAP" in ms: until other nodes take all that was its; the longest time in which
# another did not take what it had before and has after; and the longest in which nobody took what moved between others.
judge() {
	awk -v dead="${1#node}" -v name="$1" '
		FILENAME == ARGV[1] { before[$2] = $4; next }
		FILENAME == ARGV[2] { after[$2] = $4; next }
		$2 == "beat" && $3 == dead { heard = $1 }
		$2 == "taken" && $3 == dead { crashed = $1 }
		$2 == "sent" { n++; at[n] = $1; flow[n] = $5 }
		$2 == "taken" { taken[$5] = 1 }
		END {
			# The last ones may not have arrived.
			end = at[n] - 50e6
			for (i = 1; i <= n && at[i] < end; i++) {
				f = flow[i]
				if (before[f] == name) {
					if (at[i] <= crashed)
						continue
					if (!taken[f]) { open = 1; continue }
					if (open || !done) { done = at[i]; open = 0 }
					continue
				}
				kind = before[f] == after[f] ? "pause" : "gap"
				which = kind " " before[f] " " after[f]
				if (!taken[f]) {
					if (!since[which])
						since[which] = at[i]
				} else if (since[which]) {
					if (at[i] - since[which] > worst[kind])
						worst[kind] = at[i] - since[which]
					since[which] = 0
				}
			}
			if (open || !done || !heard || !crashed)
				print "open"
			else
				printf "%.1f %.1f %.1f %.1f\n", (done - heard) / 1e6, (done - crashed) / 1e6, worst["pause"] / 1e6, worst["gap"] / 1e6
		}' "$LAB_DIR/before" "$LAB_DIR/after.$1" "$LAB_DIR/events"
}
