#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What operators ask of nodes while they run: connections go on, and drains end when the last one
# does.

load helper.bash
load daemons.bash
declare -gA daemon # daemons.bash
load talks.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# ask NODE VERB...: on that node.
ask() {
	local node=$1
	shift
	lab_on "$node" "$XNLB" "$@"
}

is() {
	[[ $(field "$1" "$2") == "$3" ]]
}

# share NODE RULE: its percentage, without decimals.
share() {
	field "$1" ".rules[] | select(.name == \"$2\") | .share | floor"
}

@test "a node is drained: nothing new, 400 connections go on, and it stops when the last has ended" {
	local begin
	all
	begin_talks
	lab_start node2 "$LAB_DIR/drain" "$XNLB" drainstop
	drain=$LAB_STARTED
	lab_until 5 is node2 .membership.asked '"draining"'
	lab_until 5 is node1 '.nodes[1].weight' 0
	requests 4 500 1
	[[ $(share node2 flow) == 0 ]]
	all_go_on "node2 drains"
	is node2 .membership.asked '"draining"'
	(($(field node2 .membership.connections) > 50))
	run ask node2 status
	[[ $status == 5 && $output == *'this node is draining: '*' connections are left'* ]]
	begin=$(date +%s%N)
	end_talks
	wait "$drain"
	say "stopped $((($(date +%s%N) - begin) / 1000000)) ms after the client ended its connections"
	is node2 .membership.asked '"stopped"'
	agree 1,3,4 node1 node3 node4
	idle node2
	requests 4 500 2
	ask node2 start
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 3
}

@test "a drain ends at its timeout, and its connections go on all the same" {
	all
	begin_talks
	run ask node2 drainstop --timeout 1s
	((status == 5))
	[[ $output == *left* ]]
	is node2 .membership.asked '"stopped"'
	all_go_on "node2 stopped"
	agree 1,3,4 node1 node3 node4
	end_talks
}

@test "a rule is disabled, enabled, drained on one node: the others take it, and connections go on" {
	all
	begin_talks
	ask node2 disable flow
	lab_until 5 is node1 '.nodes[1].name' '"node2"'
	lab_until 5 share_is node2 flow 0
	[[ $(share node2 web) == 25 ]]
	[[ $(share node1 flow) == 33 ]]
	flows multicast 4 udp 7001 500 -s 7
	[[ $(flows_by_node) == *'node2 0 '* ]]
	all_go_on "rule flow disabled on node2"
	requests 4 500 4
	[[ $(field node2 '.rules[1].state') == '"closed"' ]]
	ask node2 enable flow
	lab_until 5 share_is node2 flow 25
	all_go_on "rule flow enabled again"
	lab_start node3 "$LAB_DIR/drain" "$XNLB" drain flow
	drain=$LAB_STARTED
	lab_until 5 share_is node3 flow 0
	all_go_on "rule flow drains on node3"
	[[ $(field node3 '.rules[1].state') == '"draining"' ]]
	(($(field node3 '.rules[1].connections') > 50))
	end_talks
	wait "$drain"
	[[ $(field node3 '.rules[1].state') == '"closed"' ]]
	[[ $(field node3 '.rules[0].state') == '"open"' ]]
	requests 6 500 5
}

share_is() {
	[[ $(share "$1" "$2") == "$3" ]]
}

@test "of all nodes: weight, a rule closed everywhere, stop and start" {
	local node
	all
	begin_talks
	run ask node1 weight 50 --all
	echo "$output"
	((status == 0))
	[[ $(wc -l <<<"$output") == 4 ]]
	for node in $LAB_NODES; do
		[[ $output == *"$node: taken"* ]]
		lab_until 5 is "$node" .membership.weight 50
	done
	all_go_on "weights changed"
	ask node3 disable web --all
	for node in $LAB_NODES; do
		lab_until 5 share_is "$node" web 0
	done
	run lab_on client curl -s -m 1 http://192.168.1.100/
	((status != 0))
	all_go_on "rule web disabled everywhere"
	ask node4 enable all --all
	for node in $LAB_NODES; do
		lab_until 5 share_is "$node" web 25
	done
	requests 4 500 6
	ask node2 stop --all
	for node in $LAB_NODES; do
		lab_until 5 idle "$node"
	done
	all_go_on "all stopped"
	ask node2 start --all
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "all started"
	requests 4 500 7
	end_talks
}

@test "a node that is not there does not answer, and the others do so" {
	all
	kill -KILL "${daemon[node4]}"
	agree 1,2,3 node1 node2 node3
	run ask node1 weight 70 --all
	echo "$output"
	((status == 5))
	[[ $output == *'node3: taken'* && $output == *'node4: '* && $output != *'node4: taken'* ]]
	run ask node1 disable nonsense --all
	((status == 1 || status == 2 || status == 3))
}

@test "what was asked holds when the daemon is started anew" {
	all
	ask node2 weight 30
	ask node2 disable flow
	ask node3 suspend
	kill -TERM "${daemon[node2]}" "${daemon[node3]}"
	wait "${daemon[node2]}" "${daemon[node3]}" || true
	start node2 node3
	agree 1,2,4 node1 node2 node4
	lab_until 5 is node2 .membership.weight 30
	[[ $(share node2 flow) == 0 ]]
	is node3 .membership.asked '"suspended"'
	run ask node3 start
	((status == 5))
	[[ $output == *suspended* ]]
	ask node3 resume
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 8
	# Killed, and started within its lease, it goes on with the same.
	kill -KILL "${daemon[node2]}"
	wait "${daemon[node2]}" || true
	start node2
	agree 1,2,3,4 node1 node2 node3 node4
	[[ $(share node2 flow) == 0 ]]
	is node2 .membership.weight 30
	flows multicast 4 tcp 7001 500 -s 9
	flows_explained node2
}

@test "rules that are closed go by their names when the configuration changes" {
	all
	ask node2 disable address
	lab_until 5 share_is node2 address 0
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	sed -i '/name: web/d' "$LAB_DIR/lab.yaml"
	kill -HUP "${daemon[node1]}" "${daemon[node2]}" "${daemon[node3]}" "${daemon[node4]}"
	lab_until 5 is node2 '[.rules[].name]' '["flow","address","site"]'
	agree 1,2,3,4 node1 node2 node3 node4
	share_is node2 address 0
	share_is node2 site 25
	share_is node3 address 33
	flows multicast 4 udp 7002 500 -s 11
	[[ $(flows_by_node) == *'node2 0 '* ]]
	cp "$LAB_DIR/former.yaml" "$LAB_DIR/lab.yaml"
}

@test "the history says when, why, how long and how much" {
	all
	ask node2 weight 50
	lab_until 5 is node1 '.history[-1].why[0].what' '"weight"'
	is node1 '.history[-1].why[0].nodes' '["node2"]'
	ask node3 disable flow
	lab_until 5 is node1 '.history[-1].why[0].what' '"rules"'
	ask node3 stop
	lab_until 5 is node1 '.history[-1].why[0].what' '"left"'
	kill -KILL "${daemon[node4]}"
	lab_until 5 is node1 '.history[-1].why[0].what' '"lost"'
	lab_until 5 is node1 '.history[-1].took_ms >= 300 and .history[-1].took_ms < 700 and .history[-1].moved > 0' true
	field node1 '.history[-4:]'
}

# A view has a list of closed rules that its node does not say as its newest any more.
@test "a rule closed, another configuration waiting, the rule opened, a node lost: the others go on" {
	all
	ask node2 disable flow
	lab_until 5 share_is node2 flow 0
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	sed -i 's/ports: 7003/ports: 7004/' "$LAB_DIR/lab.yaml"
	kill -HUP "${daemon[node2]}"
	lab_until 5 is node1 '.nodes[1].differs' '["rules"]'
	ask node2 enable flow
	cp "$LAB_DIR/former.yaml" "$LAB_DIR/lab.yaml"
	# One that is started anew within its lease has heard of none.
	kill -KILL "${daemon[node3]}"
	wait "${daemon[node3]}" || true
	start node3
	lab_until 5 is node3 .membership.state '"active"'
	kill -KILL "${daemon[node4]}"
	agree 1,2,3 node1 node2 node3
	share_is node2 flow 0
	requests 4 500 9
	kill -HUP "${daemon[node2]}"
	lab_until 5 share_is node2 flow 33
	agree 1,2,3 node1 node2 node3
}

@test "a node that restarts while another one waits with a configuration is admitted" {
	all
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	sed -i 's/ports: 7003/ports: 7004/' "$LAB_DIR/lab.yaml"
	kill -HUP "${daemon[node2]}"
	lab_until 5 is node1 '.nodes[1].differs' '["rules"]'
	cp "$LAB_DIR/former.yaml" "$LAB_DIR/lab.yaml"
	stop node4
	start node4
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 10
}

@test "rules are shown by the configuration that is gone by" {
	all
	ask node2 disable flow
	lab_until 5 share_is node2 flow 0
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	sed -i 's/^rules:/&\n  - {name: more, protocol: tcp, ports: 7009, mode: multiple, affinity: none}/' "$LAB_DIR/lab.yaml"
	kill -HUP "${daemon[node2]}"
	lab_until 5 is node1 '.nodes[1].differs' '["rules"]'
	is node2 '[.rules[].state]' '["open","closed","open","open"]'
	kill -HUP "${daemon[node1]}" "${daemon[node3]}" "${daemon[node4]}"
	lab_until 5 is node2 '[.rules[].state]' '["open","open","closed","open","open"]'
	cp "$LAB_DIR/former.yaml" "$LAB_DIR/lab.yaml"
}

@test "one request to all at a time" {
	all
	kill -STOP "${daemon[node4]}"
	lab_start node1 "$LAB_DIR/first" "$XNLB" weight 60 --all
	first=$LAB_STARTED
	lab_until 5 is node1 .membership.weight 60
	run ask node1 weight 50 --all
	echo "$output"
	[[ $status == 1 && $output == *'ask again in 3 s'* ]]
	kill -CONT "${daemon[node4]}"
	wait "$first" || true
	is node1 .membership.weight 60
	agree 1,2,3,4 node1 node2 node3 node4
}

@test "nobody else can claim an instance" {
	all
	lab_on node1 setpriv --reuid 65534 --clear-groups sh -c '! cat /sys/fs/bpf/xnlb/lab 2>/dev/null'
	stop node1
	start node1
	agree 1,2,3,4 node1 node2 node3 node4
}
