#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Real daemons on four nodes: they agree on who is there, and clients do not notice who is not.

load helper.bash
load daemons.bash
declare -gA daemon # daemons.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

@test "four daemons form one view and share the requests" {
	all
	requests 4 1000 1
	requests 6 1000 2
	flows multicast 4 tcp 7001 2000 -s 3
	flows_explained node2
	for node in node1 node2 node3 node4; do
		[[ $(reason "$node" heartbeat) -gt 0 ]]
		for bad in unread own broken cluster node key old tag; do
			[[ $(reason "$node" heartbeat-$bad) == 0 ]]
		done
	done
}

@test "a daemon is killed: its node stops within the lease, the others take over, none is reset" {
	all
	kill -KILL "${daemon[node2]}"
	lab_until 2 idle node2
	agree 1,3,4 node1 node3 node4
	requests 4 1000 3
	run lab_on node2 "$XNLB" status --instance lab
	((status == 5))
	[[ $output == *'this node takes no new connections'* ]]
	start node2
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 1000 4
}

@test "a daemon is asked to stop: the others take over at once" {
	all
	kill -TERM "${daemon[node3]}"
	wait "${daemon[node3]}"
	[[ $(<"$LAB_DIR/node3.out.err") != *warning* || $(<"$LAB_DIR/node3.out.err") != *'did not confirm'* ]]
	agree 1,2,4 node1 node2 node4
	requests 4 1000 5
	idle node3
}

@test "a daemon stands still, longer than a lease, and goes on" {
	all
	kill -STOP "${daemon[node4]}"
	lab_until 2 idle node4
	agree 1,2,3 node1 node2 node3
	requests 4 500 6
	kill -CONT "${daemon[node4]}"
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 7
}

# port NODE STATE: the switch's port of a node forwards or does not.
port() {
	lab_on switch bridge link set dev "$1" state "$2"
}

@test "a port of the switch is blocked, and forwards again: one view on each side, and one of all" {
	all
	port node1 0
	agree 2,3,4 node2 node3 node4
	agree 1 node1
	requests 4 500 8
	port node1 3
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 9
}

@test "with a quorum a minority is silent within the lease, and half of the nodes too" {
	sed -i 's/^  mode: .*/&\n  quorum: majority/' "$LAB_DIR/lab.yaml"
	all
	port node1 0
	lab_until 2 idle node1
	agree 2,3,4 node2 node3 node4
	requests 4 500 10
	port node2 0
	lab_until 2 idle node3
	idle node2
	idle node4
	port node1 3
	port node2 3
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 11
}

@test "beside a daemon nobody attaches, detaches or runs another" {
	local verb
	all
	for verb in "run -c $LAB_DIR/lab.yaml" "attach -c $LAB_DIR/lab.yaml" detach; do
		# shellcheck disable=SC2086 # a verb and its options
		run lab_on node1 "$XNLB" $verb
		[[ $status == 1 && $output == 'xnlb: a daemon of instance lab runs: stop it first' ]]
	done
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 200 12
}

@test "another configuration: named on both sides, heard and not admitted, until it is the same" {
	start node1 node2 node3
	agree 1,2,3 node1 node2 node3
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/right.yaml"
	sed -i 's/ports: 7003/ports: 7004/; s/  mode: .*/&\n  default: drop/' "$LAB_DIR/lab.yaml"
	start node4
	lab_until 5 says node1 'node4 has another configuration: mode or default, rules;'
	lab_until 5 says node4 'node1 has another configuration: mode or default, rules;'
	requests 4 500 13
	members node1 1,2,3
	kill -TERM "${daemon[node4]}"
	wait "${daemon[node4]}"
	cp "$LAB_DIR/right.yaml" "$LAB_DIR/lab.yaml"
	start node4
	agree 1,2,3,4 node1 node2 node3 node4
	says node1 'node4 has the same configuration again'
}

@test "another key, another seed: heard, counted by name, and not admitted" {
	all
	kill -KILL "${daemon[node4]}"
	agree 1,2,3 node1 node2 node3
	cp "$LAB_DIR/lab.key" "$LAB_DIR/right.key"
	sed -i 's/^key 1 .*/key 1 '"$(printf '%064d' 3)"'/' "$LAB_DIR/lab.key"
	start node4
	lab_until 5 test_counts node1 heartbeat-tag
	[[ $(reason node4 heartbeat-tag) -gt 0 ]]
	lab_until 3 differs node1 3 '["key"]'
	lab_until 3 differs node4 1 '["key"]'
	says node1 'node4 has another configuration: key (or somebody forges its heartbeats);'
	members node1 1,2,3
	kill -KILL "${daemon[node4]}"
	lab_until 10 differs node1 3 '[]'
	cp "$LAB_DIR/right.key" "$LAB_DIR/lab.key"
	sed -i 's/^seed .*/seed '"$(printf '%064d' 5)"'/' "$LAB_DIR/lab.key"
	start node4
	lab_until 5 differs node1 3 '["seed"]'
	lab_until 5 differs node4 0 '["seed"]'
	cp "$LAB_DIR/right.key" "$LAB_DIR/lab.key"
}

@test "two machines with one id: the one that serves goes on, the other listens and says why" {
	start node1 node2 node3
	agree 1,2,3 node1 node2 node3
	lab_start node4 "$LAB_DIR/node4.out" "$XNLB" run -c "$LAB_DIR/lab.yaml" --node node2
	daemon[node4]=$LAB_STARTED
	lab_until 5 named_twice node4
	lab_until 5 named_twice node2
	says node2 'another machine is node 2 (node2) too'
	says node4 'another machine is node 2 (node2) too'
	# Longer than whoever starts alone waits before it serves.
	lab_until 5 test_counts node2 heartbeat-own
	lab_until 10 heard_often node4
	flows multicast 4 udp 7001 1000 -s 6
	[[ $(flows_by_node) == *'node4 0 '* ]]
	members node1 1,2,3
	idle node4
	run lab_on node4 "$XNLB" status
	[[ $status == 5 && $output == *'Warning: another machine is node 2 (node2) too'* && $output == *', there are two'* ]]
}

named_twice() {
	[[ $(lab_on "$1" "$XNLB" status -j | jq '.nodes[1].twice') == true ]]
}

# Two seconds of three nodes' heartbeats.
heard_often() {
	(($(lab_on "$1" "$XNLB" status -j | jq .membership.heartbeats.heard) > 120))
}

test_counts() {
	[[ $(reason "$1" "$2") -gt 0 ]]
}

differs() {
	[[ $(lab_on "$1" "$XNLB" status -j --instance lab | jq -c ".nodes[$2].differs") == "$3" ]]
}

@test "another mode: named on both sides, and the node that comes second does not serve" {
	local mode
	start node1 node2 node3
	agree 1,2,3 node1 node2 node3
	for mode in unicast igmp; do
		sed -i "s/  mode: .*/  mode: $mode/" "$LAB_DIR/lab.yaml"
		start node4
		lab_until 5 differs node1 3 '["mode or default"]'
		lab_until 5 differs node4 0 '["mode or default"]'
		lab_until 5 says node1 'node4 has another configuration: mode or default; it is heard, and not admitted'
		lab_until 5 says node4 'node1 has another configuration: mode or default; it is heard, and not admitted'
		requests 4 500 14
		# Longer than who starts alone waits before it serves.
		lab_until 5 heard_greetings
		idle node4
		members node1 1,2,3
		stop node4
		lab_on node4 "$XNLB" detach --instance lab
	done
	sed -i "s/  mode: .*/  mode: multicast/" "$LAB_DIR/lab.yaml"
	start node4
	agree 1,2,3,4 node1 node2 node3 node4
}

heard_greetings() {
	(($(reason node4 heartbeat-greeting) >= 4))
}

@test "a node is not heard over IPv6: told, and service goes on" {
	all
	lab_on switch nft -f - <<-END
		table bridge family {
		    chain forward {
		        type filter hook forward priority 0
		        oifname node3 ip6 daddr fd00::100 udp dport 8860 drop
		    }
		}
	END
	for node in node1 node2 node4; do
		lab_until 6 says node3 "$node is not heard over IPv6, only over IPv4"
	done
	run lab_on node3 "$XNLB" status
	((status == 5))
	[[ $output == *'Warning: node2 is not heard over IPv6'* ]]
	lab_on node1 "$XNLB" status >/dev/null
	members node1 1,2,3,4
	requests 4 500 15
	lab_on switch nft delete table bridge family
	lab_until 5 says node3 'node1 is heard over IPv6'
	members node3 1,2,3,4
}

@test "a node that is alone waits, as others do: its daemon uses little time" {
	local before
	start node1
	agree 1 node1
	before=$(ticks node1)
	lab_until 10 test_beats node1 $(($(field node1 .membership.heartbeats.sent) + 60))
	say "$(($(ticks node1) - before)) ticks of 10 ms for 60 heartbeats"
	(($(ticks node1) - before < 100))
}

test_beats() {
	(($(field "$1" .membership.heartbeats.sent) >= $2))
}
