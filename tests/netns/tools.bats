#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The lab's own instruments, without xnlb: each fault that the other labs look for is made by hand
# here, and must be seen.

load helper.bash
load oracle.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# everybody_answers DEVICE: the cluster IPs on node1 and node2, without anything that shares them.
# An IPv6 address on eth0 is also announced; on lo it is not.
everybody_answers() {
	local node
	for node in node1 node2; do
		lab_on "$node" ip addr add "$LAB_IP4/32" dev lo
		lab_on "$node" ip addr add "$LAB_IP6/128" dev "$1" nodad
	done
}

teardown() {
	local node
	for node in node1 node2; do
		lab_on "$node" ip addr del "$LAB_IP4/32" dev lo || true
		lab_on "$node" ip addr del "$LAB_IP6/128" dev lo 2>/dev/null ||
			lab_on "$node" ip addr del "$LAB_IP6/128" dev eth0 || true
		lab_on "$node" ip link set eth0 address "$(lab_mac "$node")"
	done
	lab_on client ip neigh flush dev eth0
}

@test "flows: one node that answers is named, for each family and protocol" {
	local protocol option
	for protocol in tcp udp; do
		option=
		[[ $protocol == udp ]] && option=-u
		lab_on client "$LAB_TOOLS/flows" -m "$(lab_mac node3)" -d 192.168.1.3 -p 7001 \
			-f "$LAB_RAW4" -n 500 $option | nodes_by_mac >"$LAB_DIR/flows"
		[[ $(flows_by_node) == "node1 0 node2 0 node3 500 node4 0 " ]]
		lab_on client "$LAB_TOOLS/flows" -m "$(lab_mac node4)" -d fd00::4 -p 7001 \
			-f "$LAB_RAW6" -n 500 $option | nodes_by_mac >"$LAB_DIR/flows"
		[[ $(flows_by_node) == "node1 0 node2 0 node3 0 node4 500 " ]]
		[[ $(sort -u "$LAB_DIR/flows" | wc -l) == 500 ]]
	done
}

@test "flows: two nodes that answer the same packet are both named" {
	local family ip range
	everybody_answers lo
	for family in 4 6; do
		ip=$(lab_ip "$family")
		range=$LAB_RAW4
		[[ $family == 6 ]] && range=$LAB_RAW6
		# UDP accepts what came to a broadcast MAC: the simplest double answer.
		run lab_on client "$LAB_TOOLS/flows" -m ff:ff:ff:ff:ff:ff -d "$ip" -p 7001 \
			-f "$range" -n 20 -u
		echo "$output"
		[[ $status == 1 ]]
		[[ $(nodes_by_mac <<<"$output" | grep -cE ' node(1,node2|2,node1) 2 1$') == 20 ]]
		[[ $output == *"0 answered by exactly one node, 0 by none, 20 by several"* ]]
	done
}

@test "flows: a flow without an answer is reported as such, after three attempts" {
	run lab_on client "$LAB_TOOLS/flows" -m "$(lab_mac node1)" -d 192.168.1.99 -p 7001 \
		-f "$LAB_RAW4" -n 5 -t 50
	echo "$output"
	[[ $status == 1 ]]
	[[ $(grep -c ' - 0 3$' <<<"$output") == 5 ]]
}

@test "requests: answers are counted by node, and failures are failures" {
	run lab_on client "$LAB_TOOLS/requests" -d 192.168.1.2 -f "$LAB_SOCKETS4" -n 300
	[[ $status == 0 && $output == $'node2 300\nfailed 0' ]]
	run lab_on client "$LAB_TOOLS/requests" -d fd00::3 -f "$LAB_SOCKETS6" -n 300
	[[ $status == 0 && $output == $'node3 300\nfailed 0' ]]
	run lab_on client "$LAB_TOOLS/requests" -d 192.168.1.2 -p 81 -f "$LAB_SOCKETS4" -n 3
	[[ $status == 1 && $output == *"Connection refused"*"failed 3" ]]
}

@test "watch: two answers to one request, and a cluster IP bound to a node's MAC" {
	everybody_answers eth0
	witness multicast
	lab_on client curl -s --max-time 5 "http://$LAB_IP4/" || true
	lab_on client curl -s --max-time 5 "http://[$LAB_IP6]/" || true
	witness_sees '.requests == 2 and .answered.several == 2 and .announced >= 4'
	witness_end
	cat "$LAB_DIR/seen"
	seen '.requests == 2 and .answered.several == 2'
	seen '.first | startswith("node")'
}

@test "watch: the cluster MAC as source of a node's frame" {
	witness unicast
	lab_on node1 ip link set eth0 address "$(lab_cluster_mac unicast)"
	lab_on node1 curl -s --max-time 5 http://192.168.1.2/
	witness_end
	seen '.cluster_source > 0'
}

@test "watch: frames for the cluster are counted where they enter and where they are delivered" {
	witness multicast
	lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" -d "$LAB_IP4" -p 7001 \
		-f "$LAB_RAW4" -n 10 -t 10 || true
	witness_sees '[.ports | .client.sent4, .node1.got4, .bystander.got4] == [30, 30, 30]'
	witness_end
	seen '.ports.client.sent4 == 30 and .ports.client.got4 == 0'
	seen '.ports.node1.got4 == 30 and .ports.bystander.got4 == 30'
	seen '.ports.bystander.got6 == 0'
}

# alone NODE...: each with a configuration of which it is the only node, so that it has everything.
alone() {
	local node
	for node; do
		lab_config multicast
		sed -i "/{id: [1-4], name: node[1-4]}/{/$node/!d}" "$LAB_DIR/lab.yaml"
		lab_on "$node" "$XNLB" attach -c "$LAB_DIR/lab.yaml" --node "$node" >/dev/null
	done
}

# not_alone NODE...
not_alone() {
	local node
	for node; do
		lab_on "$node" "$XNLB" detach --instance lab
	done
}

@test "oracle: two nodes that both take everything, whether they can hear each other or not" {
	alone node1 node2
	oracle -e "$LAB_DIR/events"
	requests 4 100 1 || true
	lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" -d "$LAB_IP6" -p 7001 \
		-f "$LAB_RAW6" -n 100 >/dev/null 2>&1 || true
	oracle_end
	seen '.syns >= 200 and .twice == .syns and .twice_apart == 0 and .stray == 0 and .nobody == 0'
	seen '.first | test("node[12] took.*node[12]: .*:80$")'
	[[ $(grep -c ' sent 0 tcp ' "$LAB_DIR/events") == $(jq .sent "$LAB_DIR/seen") ]]
	[[ $(grep -c ' taken [12] tcp ' "$LAB_DIR/events") == $(jq .taken "$LAB_DIR/seen") ]]
	oracle
	echo "0.5 cut 2 1" >"$LAB_DIR/apart"
	requests 4 100 2 || true
	oracle_end
	not_alone node1 node2
	seen '.twice == 0 and .twice_apart == .syns'
}

reset_all() {
	[[ $(lab_on client ss -Htn state established dst "$LAB_IP4" | wc -l) == 0 ]]
}

@test "oracle: a node that resets the connections of another" {
	alone node1
	oracle
	lab_start client "$LAB_DIR/talk" "$LAB_TOOLS/talk" -d "$LAB_IP4" -f 10.1.0.7 -n 20
	lab_until 10 grep -q talking "$LAB_DIR/talk"
	alone node2
	lab_until 10 reset_all
	lab_stop "$LAB_STARTED" || true
	oracle_end
	not_alone node1 node2
	seen '.syns == 20 and .taken == 20 and .foreign >= 20 and .twice == 0'
	seen '.first | test("node2 reset a connection of node1: 10.1.0.7:")'
}

# late_sent COUNT: node1 has let so many answers out.
late_sent() {
	(($(lab_on node1 nft -j list chain ip late out | jq '[.. | .counter? // empty | .packets] | add') >= $1))
}

@test "oracle: an answer that comes late is to the frame that was sent first" {
	alone node1 node2
	# node1 gets the first frames only, and answers when node2 has answered the second ones. No reset ends that.
	lab_on node1 nft -f - <<-'END'
		table ip late {
			chain in {
				type filter hook input priority 0
				tcp flags & (syn | ack) == syn @th,192,32 != 1 drop
				tcp flags rst drop
			}
			chain out {
				type filter hook output priority 0
				tcp flags & (syn | ack) == (syn | ack) drop
			}
		}
	END
	lab_on node2 nft -f - <<-'END'
		table ip late {
			chain in {
				type filter hook input priority 0
				tcp flags & (syn | ack) == syn @th,192,32 == 1 drop
			}
		}
	END
	lab_on node1 sysctl -qw net.ipv4.tcp_synack_retries=2
	oracle -n 2
	lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" -d "$LAB_IP4" -p 7001 \
		-f "$LAB_RAW4" -n 10 -t 100 >"$LAB_DIR/flows"
	[[ $(grep -c "$(lab_mac node2) 1 2\$" "$LAB_DIR/flows") == 10 ]]
	lab_on node1 nft flush chain ip late out
	lab_on node1 nft add rule ip late out tcp flags '& (syn | ack) == (syn | ack)' counter
	lab_until 10 late_sent 10
	oracle_end
	lab_on node1 sysctl -qw net.ipv4.tcp_synack_retries=0
	lab_on node1 nft delete table ip late
	lab_on node2 nft delete table ip late
	not_alone node1 node2
	seen '.syns == 10 and .taken >= 20 and .moved == 10 and .twice == 0'
}

@test "oracle: one node that takes everything, none, and heartbeats" {
	alone node1
	oracle
	requests 4 100 1
	not_alone node1
	lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" -d "$LAB_IP4" -p 7001 \
		-f "$LAB_RAW4" -n 10 -t 10 >/dev/null 2>&1 || true
	lab_on node2 bash -c 'echo beat >/dev/udp/192.168.1.3/8860'
	oracle_end
	seen '.syns == 110 and .sent - .taken == 30 and .taken >= 100 and .nobody == 10 and .beats == 1'
	seen '.twice == 0 and .foreign == 0 and .stray == 0 and .moved == 0'
}
