#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Daemons go on: over a restart within the lease, and to another configuration.

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

# hup NODE...: they read the configuration again.
hup() {
	local node
	for node; do
		kill -HUP "${daemon[$node]}"
	done
}

# taken NODE...: they go by the configuration that they read again.
taken() {
	local node
	for node; do
		lab_until 5 says "$node" 'the new configuration is gone by' || {
			cat "$LAB_DIR/$node.out.err"
			return 1
		}
	done
}

@test "a daemon is killed and started within its lease: nobody notices" {
	local before node
	all
	begin_talks
	before=$(epoch node1)
	for node in node1 node2 node3; do
		kill -KILL "${daemon[$node]}"
		wait "${daemon[$node]}" || true
		start "$node"
		lab_until 2 grep -q 'goes on with what is attached' "$LAB_DIR/$node.out"
		agree 1,2,3,4 node1 node2 node3 node4
	done
	all_go_on "three daemons killed and started"
	for node in $LAB_NODES; do
		[[ $(epoch "$node") == "$before" ]]
	done
	requests 4 500 1
	end_talks
}

@test "a rule more, one less, another port: one view, and connections of the others go on" {
	local before node
	all
	begin_talks
	before=$(epoch node1)
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	sed -i '/name: site/d; s/^rules:/&\n  - {name: more, protocol: tcp, ports: 7005, mode: multiple, affinity: single}/' "$LAB_DIR/lab.yaml"
	hup node1 node2
	lab_until 5 says node1 'node3 has another configuration: rules; as long as it is a member'
	requests 4 200 2
	[[ $(epoch node1) == "$before" ]]
	hup node3 node4
	taken node1 node2 node3 node4
	agree 1,2,3,4 node1 node2 node3 node4
	for node in $LAB_NODES; do
		((before + 1 == $(epoch "$node"))) || {
			echo "$node: view $(epoch "$node"), before $before"
			return 1
		}
		lab_on "$node" "$XNLB" status -j --instance lab |
			jq -e '[.rules[].name] == ["more", "web", "flow", "address"]'
	done
	flows multicast 4 tcp 7005 500 -s 3
	flows_explained node2
	all_go_on "rules added and removed"
	end_talks
	requests 4 500 3
}

@test "a configuration with an error, and one that would need a restart: the former one stays" {
	local before
	all
	before=$(epoch node1)
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	echo 'nonsense: 1' >>"$LAB_DIR/lab.yaml"
	hup node1
	lab_until 3 says node1 'the configuration cannot be taken; the former one stays'
	says node1 'nonsense'
	run lab_on node1 "$XNLB" status
	[[ $status == 5 && $output == *'Warning: the configuration was read again and not taken'* ]]
	sed 's/mode: multicast/mode: unicast/' "$LAB_DIR/former.yaml" >"$LAB_DIR/lab.yaml"
	hup node2
	lab_until 3 says node2 'changes the mode: for that the daemons of all nodes have to be stopped'
	sed 's/192.168.1.100/192.168.1.101/' "$LAB_DIR/former.yaml" >"$LAB_DIR/lab.yaml"
	hup node3
	lab_until 3 says node3 'changes the first cluster IP of a family'
	rm "$LAB_DIR/lab.yaml"
	hup node4
	lab_until 3 says node4 'the former one stays'
	cp "$LAB_DIR/former.yaml" "$LAB_DIR/lab.yaml"
	agree 1,2,3,4 node1 node2 node3 node4
	[[ $(epoch node1) == "$before" ]]
	requests 4 500 4
}

@test "a cluster IP more, and less" {
	all
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	sed -i 's/"fd00::100"/"fd00::100", 192.168.1.150/' "$LAB_DIR/lab.yaml"
	grep -q 192.168.1.150 "$LAB_DIR/lab.yaml"
	hup node1 node2 node3 node4
	taken node1 node2 node3 node4
	agree 1,2,3,4 node1 node2 node3 node4
	lab_on client curl -s -m 5 http://192.168.1.150/
	cp "$LAB_DIR/former.yaml" "$LAB_DIR/lab.yaml"
	: >"$LAB_DIR/node1.out.err"
	hup node1 node2 node3 node4
	taken node1
	agree 1,2,3,4 node1 node2 node3 node4
	[[ $(lab_on node1 ip addr show dev lo) != *192.168.1.150* ]]
	requests 4 500 5
}

@test "a node is added: it waits until all members have it" {
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/four.yaml"
	sed -i '/name: node4/d' "$LAB_DIR/lab.yaml"
	start node1 node2 node3
	agree 1,2,3 node1 node2 node3
	cp "$LAB_DIR/four.yaml" "$LAB_DIR/lab.yaml"
	start node4
	lab_until 3 grep -q attached "$LAB_DIR/node4.out"
	requests 4 1000 6
	idle node4
	hup node1 node2 node3
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 7
}

@test "keys: a second one everywhere, then it first, then alone: service goes on" {
	local first second
	all
	first=$(grep '^key 1 ' "$LAB_DIR/lab.key")
	second="key 2 $(printf '%064d' 7)"
	cp "$LAB_DIR/lab.key" "$LAB_DIR/former.key"
	begin_talks
	echo "$second" >>"$LAB_DIR/lab.key"
	hup node1 node2 node3 node4
	all_go_on "a key added"
	sed -i "/^key /d" "$LAB_DIR/lab.key"
	printf '%s\n%s\n' "$second" "$first" >>"$LAB_DIR/lab.key"
	hup node1 node2
	all_go_on "it is the first one at two nodes"
	hup node3 node4
	sed -i '/^key 1 /d' "$LAB_DIR/lab.key"
	hup node1 node2 node3 node4
	all_go_on "the first one removed"
	agree 1,2,3,4 node1 node2 node3 node4
	[[ $(epoch node1) == 1 ]]
	end_talks
	cp "$LAB_DIR/former.key" "$LAB_DIR/lab.key"
}

rules_are() {
	[[ $(lab_on "$1" "$XNLB" status -j --instance lab | jq -c '[.rules[].name]') == "$2" ]]
}

@test "read again in quick succession, and back: the last one counts, no daemon ends" {
	local i node
	all
	begin_talks
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/former.yaml"
	for i in 1 2 3 4 5 6; do
		sed "s/^rules:/&\n  - {name: more$i, protocol: tcp, ports: 701$i, mode: multiple, affinity: none}/" \
			"$LAB_DIR/former.yaml" >"$LAB_DIR/lab.yaml.new"
		mv "$LAB_DIR/lab.yaml.new" "$LAB_DIR/lab.yaml"
		hup node1 node2 node3 node4
		((i % 2)) || lab_until 5 rules_are node1 '["more'$i'","web","flow","address","site"]'
	done
	agree 1,2,3,4 node1 node2 node3 node4
	for node in $LAB_NODES; do
		lab_until 5 rules_are "$node" '["more6","web","flow","address","site"]'
		kill -0 "${daemon[$node]}"
	done
	all_go_on "six configurations"
	# One that only some have read is taken back.
	sed 's/ports: 7003/ports: 7004/' "$LAB_DIR/lab.yaml" >"$LAB_DIR/other.yaml"
	cp "$LAB_DIR/lab.yaml" "$LAB_DIR/six.yaml"
	cp "$LAB_DIR/other.yaml" "$LAB_DIR/lab.yaml"
	hup node1 node2
	lab_until 5 says node3 'node1 has another configuration: rules'
	cp "$LAB_DIR/six.yaml" "$LAB_DIR/lab.yaml"
	hup node1 node2
	lab_until 5 says node3 'node1 has the same configuration again'
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "and one taken back"
	requests 4 500 8
	end_talks
}
