# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The lab of tests/netns with guests as nodes: client, bystander and switch are namespaces of this machine, and
# node1 .. node4 are guests with a kernel of their own, each with a virtio NIC at a port of the switch. What the
# other labs' functions do on a node (lab_on) is done in its guest.

# shellcheck source=vmtest/guest.bash
source "$(dirname "${BASH_SOURCE[0]}")/guest.bash"

# No offload that the driver refuses native XDP for.
VM_NIC_NATIVE=mq=on,vectors=6,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off

# is_guest NAME: it is no namespace; it may have ended.
is_guest() {
	[[ -e $VM_DIR/$1.count ]]
}

# guest_on NAME COMMAND...: runs a command in a guest, VM_SECONDS (60) at most. With "-" as its last word it reads
# what comes in here.
guest_on() {
	local name=$1 last=${*: -1} VM_STDIN=''
	shift
	[[ $last != - ]] || VM_STDIN=yes
	guest_run "$name" "${VM_SECONDS:-60}" "$(printf '%q ' "$@")"
}

# lab_copy NAME FILE...: into a guest, under the same names.
lab_copy() {
	local name=$1
	is_guest "$name" || return 0
	shift
	tar -C / -c "${@#/}" | VM_STDIN=yes guest_run "$name" 20 'busybox tar -x -C /'
}

lab_on() {
	if is_guest "$1"; then
		guest_on "$@"
	else
		lab_enter "$(<"$LAB_DIR/$1.pid")"
		shift
		"${LAB_ENTER[@]}" -- "$@"
	fi
}

# guest_background NAME LOG COMMAND...: starts a command in a guest, its output to LOG and LOG.err there; its process
# id is in GUEST_STARTED.
guest_background() {
	local name=$1 log=$2
	shift 2
	GUEST_STARTED=$(guest_run "$name" 20 "mkdir -p ${log%/*}; setsid $(printf '%q ' "$@") </dev/null >$log 2>$log.err & echo \$!")
}

# The one of the other labs.
eval "host_$(declare -f lab_daemon)"

lab_daemon() {
	local name=$1
	if ! is_guest "$name"; then
		host_lab_daemon "$@"
		return
	fi
	shift
	guest_background "$name" "$LAB_DIR/$name.log" "$@"
}

# guest_tap NAME [OPTION...]: a port of the switch for a guest.
guest_tap() {
	lab_on switch test -e "/sys/class/net/$1" || lab_on switch ip tuntap add dev "$1" mode tap "${@:2}"
	lab_on switch ip link set dev "$1" master br0 up
}

# guest_node NAME [OPTION...]: boots a node of the lab; not waited for. Its NIC has VM_QUEUES queues, or one a CPU. With
# more than that native XDP takes some for itself, and a driver of 6.1 and 6.12 then loses count when it is unplugged:
# the kernel waits for ever ("unregister_netdevice: waiting for eth0 to become free"), whoever's the program is.
guest_node() {
	local name=$1 queues=${VM_QUEUES:-${VM_CPUS:-1}} many=()
	shift
	((queues == 1)) || many=(multi_queue)
	guest_tap "$name" "${many[@]}"
	VM_KEEPER=$(<"$LAB_DIR/switch.pid") guest_boot "$name" \
		-netdev "tap,id=net0,ifname=$name,script=no,downscript=no,queues=$queues" \
		-device "virtio-net-pci,id=nic0,netdev=net0,romfile=,mac=$(lab_mac "$name"),$VM_NIC_NATIVE" "$@"
}

# guest_dress NAME: it is up: what the other labs' nodes have.
guest_dress() {
	guest_ready "$1" || return
	guest_run "$1" 20 "mkdir -p $LAB_DIR
		sysctl -qw net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535 net.ipv4.tcp_synack_retries=0"
	guest_address "$1"
}

# guest_address NAME: addresses and routes of its eth0.
guest_address() {
	guest_run "$1" 20 "
		cd /proc/sys/net
		for scope in all default eth0; do
			echo 0 >ipv6/conf/\$scope/accept_dad
			echo 0 >ipv6/conf/\$scope/accept_ra
		done
		ip link set eth0 up
		ip addr add 192.168.1.${1#node}/24 dev eth0
		ip addr add fd00::${1#node}/64 dev eth0 nodad
		ip route add 10.0.0.0/8 via 192.168.1.200
		ip route add fd01::/32 via fd00::200
		ip route add fd02::/32 via fd00::200"
}

# guest_lab [SNOOPING]: the lab with guests for LAB_NODES; in LAB_DIR and VM_DIR.
guest_lab() {
	local node
	lab_switch "${1:-0}"
	for node in $LAB_NODES; do
		guest_node "$node"
	done
	lab_client
	lab_bystander
	for node in $LAB_NODES; do
		guest_dress "$node"
	done
	lab_until 10 lab_connected
}

guest_lab_down() {
	guests_down
	lab_down
}

# ---- daemons, in place of those of daemons.bash ----

setup() { :; }
teardown() { :; }

start() {
	local node
	for node; do
		if ! is_guest "$node"; then
			lab_start "$node" "$LAB_DIR/$node.out" "$XNLB" run -c "$LAB_DIR/lab.yaml" --node "$node"
			continue
		fi
		guest_background "$node" "$LAB_DIR/$node.out" "$XNLB" run -c "$LAB_DIR/lab.yaml" --node "$node"
		echo "$GUEST_STARTED" >"$VM_DIR/$node.daemon"
	done
}

# traffic: SYNs from ever new clients, in the background, 200 a second until it is stopped, or for ten minutes.
traffic() {
	lab_start client "$LAB_DIR/traffic" "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" -d "$LAB_IP4" -p 7001 \
		-f "$LAB_RAW4" -n 120000 -r 200 -w 120000 -t 2000
	export TRAFFIC=$LAB_STARTED
}

# traffic_over: it went on until now.
traffic_over() {
	kill -0 "$TRAFFIC"
	lab_stop "$TRAFFIC" || true
	unset TRAFFIC
}

# took NODE SINCE (ns): how many SYNs the oracle has seen it take since then, when it has ended.
took() {
	awk -v node="${1#node}" -v since="$2" '$2 == "taken" && $3 == node && $1 > since' "$LAB_DIR/events" | wc -l
}
