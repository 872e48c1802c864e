# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the bats labs share: a lab for each file, traffic with its checks, the witness on the switch.

# shellcheck source=tests/netns/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"

# make_lab [SNOOPING]: for setup_file.
make_lab() {
	LAB_DIR=$BATS_FILE_TMPDIR/lab
	mkdir "$LAB_DIR"
	lab_up "${1:-0}"
	lab_serve
}

# say TEXT...: a line in the test's report, also when it passes.
say() {
	echo "# $*" >&3
}

# use MODE [WEIGHTS]: the configuration attached on all nodes.
use() {
	lab_config "$@"
	lab_attach
}

# begin MODE [WEIGHTS]: the same, with a witness from before it on.
begin() {
	witness "$1" whole
	use "$@"
}

# finish: detached on all nodes; from before attach on no node sent anything wrong.
finish() {
	lab_detach
	witness_end whole
	seen '.cluster_source == 0'
	seen '.announced == 0'
	seen '.unasked == 0'
}

# nodes_by_mac: names nodes in place of their MACs.
nodes_by_mac() {
	sed 's/52:54:00:00:01:0\([1-9]\)/node\1/g'
}

# flows MODE FAMILY PROTOCOL PORT COUNT [OPTION...]: sends flows to the cluster; their list goes to
# $LAB_DIR/flows, with node names. Fails unless each was answered by exactly one node, once.
flows() {
	local mode=$1 family=$2 protocol=$3 port=$4 count=$5 range=$LAB_RAW4 status=0
	shift 5
	[[ $family == 6 ]] && range=$LAB_RAW6
	[[ $protocol == udp ]] && set -- "$@" -u
	lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac "$mode")" -d "$(lab_ip "$family")" \
		-p "$port" -f "$range" -n "$count" "$@" >"$LAB_DIR/flows.raw" || status=$?
	nodes_by_mac <"$LAB_DIR/flows.raw" >"$LAB_DIR/flows"
	if ((status)); then
		echo "$mode IPv$family $protocol port $port, flows not answered by one node, once:"
		awk '$4 == "-" || $4 ~ /,/ || $5 != $6' "$LAB_DIR/flows" | head
	fi
	return "$status"
}

# flows_explained NODE: each flow of the last `flows` was answered by the node that `xnlb explain`
# names on NODE, and explain says accept there for those of NODE itself and for no other.
flows_explained() {
	awk '{ print $1, $2, $3 }' "$LAB_DIR/flows" |
		lab_on "$1" "$XNLB" explain -j --instance lab - |
		jq -r '[.owner.name, if .verdict == "accept" then .node else "-" end] | join(" ")' \
			>"$LAB_DIR/explained"
	awk -v self="$1" '{ print $4, $4 == self ? self : "-" }' "$LAB_DIR/flows" >"$LAB_DIR/answered"
	if ! cmp -s "$LAB_DIR/explained" "$LAB_DIR/answered"; then
		echo "answered by, accepted on $1 | explain's owner, accepted on $1:"
		paste -d '|' "$LAB_DIR/flows" "$LAB_DIR/answered" "$LAB_DIR/explained" |
			awk -F '|' '$2 != $3' | head
		return 1
	fi
}

# flows_by_node: "node1 COUNT node2 COUNT ..." of the last `flows`.
flows_by_node() {
	awk -v nodes="$LAB_NODES" '{ count[$4]++ }
		END { n = split(nodes, name, " ")
		      for (i = 1; i <= n; i++) printf "%s %d ", name[i], count[name[i]] }' \
		"$LAB_DIR/flows"
}

# requests FAMILY COUNT SEED [OPTION...]: HTTP requests to the cluster; "NODE COUNT" lines and
# "failed COUNT" on stdout. Fails if one failed.
requests() {
	local family=$1 count=$2 seed=$3 from=$LAB_SOCKETS4
	shift 3
	[[ $family == 6 ]] && from=$LAB_SOCKETS6
	lab_on client "$LAB_TOOLS/requests" -d "$(lab_ip "$family")" -f "$from" -n "$count" \
		-s "$seed" "$@"
}

# Process ids of the witnesses, by name.
declare -gA WITNESS

# witness MODE [NAME]: starts a witness on the switch. Several watch at once if they have names.
witness() {
	local name=${2:-witness}
	lab_start switch "$LAB_DIR/$name" "$LAB_TOOLS/watch" -m "$(lab_cluster_mac "$1")" \
		-d "$LAB_IP4" -d "$LAB_IP6"
	WITNESS[$name]=$LAB_STARTED
	lab_until 10 grep -q watching "$LAB_DIR/$name"
}

# said [NAME]: the witness's last report, in $LAB_DIR/seen (JSON).
said() {
	sed 1d "$LAB_DIR/${1:-witness}" | jq -s last >"$LAB_DIR/seen"
}

# witness_end [NAME]: ends it. What it saw is in $LAB_DIR/seen, complete.
witness_end() {
	lab_stop "${WITNESS[${1:-witness}]}"
	said "${1:-witness}"
	seen '.missed == 0'
}

# witness_content: ends it; the nodes sent nothing wrong, and each request had one answer.
witness_content() {
	witness_end
	seen '.cluster_source == 0'
	seen '.announced == 0'
	seen '.answered.one == .requests and .unasked == 0'
}

sees() {
	kill -USR1 "${WITNESS[witness]}"
	said 2>/dev/null && seen "$1" >/dev/null
}

# witness_sees CONDITION: waits until it holds for what the witness has seen so far. A frame may
# still be on its way when who sent it has ended.
witness_sees() {
	lab_until 10 sees "$1" || seen "$1"
}

# seen CONDITION: a jq expression about what the witness saw; prints it all where it is false.
seen() {
	if ! jq -e "$1" "$LAB_DIR/seen" >/dev/null; then
		echo "not so: $1"
		cat "$LAB_DIR/seen"
		return 1
	fi
}

# snapshot FILE: all of node1 that attach could have changed, without counters and ages.
snapshot() {
	{
		lab_on node1 ip -d link show
		lab_on node1 ip addr show
		lab_on node1 ip neigh show nud permanent
		lab_on node1 ip neigh show proxy
		lab_on node1 ip route show table all
		lab_on node1 ip -6 route show table all
		lab_on node1 ip rule show
		lab_on node1 ip maddr show
		lab_on node1 bridge fdb show
		lab_on node1 tc qdisc show
		lab_on node1 tc filter show dev eth0 ingress
		lab_on node1 tc filter show dev eth0 egress
		lab_on node1 ethtool -k eth0
		lab_on switch ethtool -k node1
		lab_on node1 sysctl -a --pattern '^net\.ipv[46]\.(conf|neigh)\.'
		lab_on node1 nft list ruleset
		lab_on node1 find /sys/fs/bpf /run
	} | grep -vE 'random_secret|valid_lft' >"$1" 2>&1
}

# same TEXT: the snapshots before and after are the same.
same() {
	diff "$LAB_DIR/before" "$LAB_DIR/after" || {
		echo "$1: not as before"
		return 1
	}
}
