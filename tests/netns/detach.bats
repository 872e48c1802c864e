#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# detach leaves a node as it was; and what happens to the interface while attached is survived, or
# said in one message.

load helper.bash

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

teardown() {
	lab_detach 2>/dev/null || true
	lab_on client ip neigh flush all
}

check_detach() {
	local mode=$1
	lab_config "$mode"
	snapshot "$LAB_DIR/before"
	[[ $(wc -l <"$LAB_DIR/before") -gt 200 ]]
	lab_attach
	snapshot "$LAB_DIR/after"
	run same attached
	[[ $status == 1 ]]
	flows "$mode" 4 tcp 7001 100
	flows "$mode" 6 udp 7001 100
	lab_detach
	snapshot "$LAB_DIR/after"
	same "$mode"
}

@test "unicast: detach leaves everything as it was" {
	check_detach unicast
}

@test "multicast: detach leaves everything as it was" {
	check_detach multicast
}

@test "igmp: detach leaves everything as it was" {
	check_detach igmp
}

@test "detach after several attaches in other modes leaves everything as it was" {
	local mode
	lab_config unicast
	snapshot "$LAB_DIR/before"
	for mode in unicast igmp multicast unicast igmp; do
		use "$mode" "10 20 30 40"
		flows "$mode" 4 udp 7001 100
	done
	lab_detach
	snapshot "$LAB_DIR/after"
	same "all modes"
}

# works MODE: all flows are answered, the answers spread over all nodes.
works() {
	local family
	for family in 4 6; do
		flows "$1" "$family" tcp 7001 200
		flows_explained node1
		flows "$1" "$family" udp 7001 200
		flows_explained node1
	done
}

# readdress: what the kernel removes with an interface, or when it goes down; a network manager
# would set it again.
readdress() {
	lab_on node1 ip addr replace fd00::1/64 dev eth0 nodad
	lab_on node1 ip route replace 10.0.0.0/8 via 192.168.1.200
	lab_on node1 ip route replace fd01::/32 via fd00::200
	lab_on node1 ip route replace fd02::/32 via fd00::200
	lab_until 10 lab_connected
}

# warned [WARNING]: status says this and nothing else.
warned() {
	local json code=0 expected=0
	[[ -z ${1:-} ]] || expected=5
	json=$(lab_on node1 "$XNLB" status -j --instance lab) || code=$?
	if [[ $(jq -r '.warnings | join("; ")' <<<"$json") != "${1:-}" || $code != "$expected" ]]; then
		echo "exit $code: $json"
		return 1
	fi
}

@test "an interface that goes down and up works on; what the kernel removed is said" {
	local mode
	for mode in unicast multicast igmp; do
		use "$mode"
		lab_on node1 ip link set eth0 down
		lab_on node1 ip link set eth0 up
		readdress
		works "$mode"
		warned "missing: proxy neighbour fd00::100 on eth0, which joins its group; attach again"
		lab_attach
		warned
		lab_detach
	done
}

@test "another MTU works on" {
	local mtu
	use multicast
	for mtu in 1400 9000 1500; do
		lab_on switch ip link set node1 mtu "$mtu"
		lab_on node1 ip link set eth0 mtu "$mtu"
		works multicast
	done
	warned
}

@test "another number of channels works on" {
	use multicast
	lab_on node1 ethtool -L eth0 rx 2 tx 2
	works multicast
	lab_on node1 ethtool -L eth0 rx 1 tx 1
	works multicast
	warned
}

# The interface of node1 goes, and another one comes in its place.
replug() {
	lab_on node1 ip link del eth0
	lab_cable node1
	lab_address node1 1
	readdress
}

# The snapshots without the device's number and the order in which its groups were joined.
same_device() {
	local file
	for file in before after; do
		sed -E 's/^[0-9]+: (eth0)/N: \1/; s/@if[0-9]+/@ifN/; s/^[0-9]+:\s+eth0/N: eth0/' \
			"$LAB_DIR/$file" | sort -o "$LAB_DIR/$file.sorted"
		mv "$LAB_DIR/$file.sorted" "$LAB_DIR/$file"
	done
	same "$1"
}

@test "a NIC that is gone and back: the node says so, announces nothing, and attaches again" {
	local mode
	for mode in unicast multicast igmp; do
		lab_config "$mode"
		snapshot "$LAB_DIR/before"
		lab_attach
		witness "$mode"
		replug
		warned "interface eth0 went and came back: attach again"
		# Its share is missing; the node neither answers nor announces in the meantime.
		lab_on client ip neigh flush all
		lab_on node1 curl -s --max-time 5 http://192.168.1.2/
		lab_on node1 curl -s --max-time 5 "http://[fd00::2]/"
		flows "$mode" 4 tcp 7001 100 -t 50 >/dev/null 2>&1 || true
		[[ $(flows_by_node) == "node1 0 "* ]]
		lab_attach
		works "$mode"
		witness_end
		seen '.announced == 0 and .cluster_source == 0'
		warned
		lab_detach
		snapshot "$LAB_DIR/after"
		same_device "$mode, NIC gone and back"
	done
}

@test "a NIC that is gone for good: detach takes back the rest" {
	lab_config multicast
	lab_on node1 ip link del eth0
	snapshot "$LAB_DIR/before"
	lab_cable node1
	lab_address node1 1
	lab_attach
	lab_on node1 ip link del eth0
	warned "interface eth0 is gone: when it is back, attach again"
	lab_detach
	snapshot "$LAB_DIR/after"
	same "NIC gone"
	lab_cable node1
	lab_address node1 1
	readdress
}
