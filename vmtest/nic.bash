# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the tests of nic.bats share: the guest's NICs, their filters, VLANs and links.

# What `run` fills in.
: "${output=}" "${status=}"

# An emulated CPU: the default of 50 ms would test this machine.
INTERVAL=200ms

# cluster_of NODE...: in place of all that there are.
cluster_of() {
	export LAB_NODES="$*"
}

# uses INTERFACE: the node has its addresses there, and the NICs that it does not need are down; settled.
uses() {
	guest_run node1 20 "
		cd /proc/sys/net/ipv6/conf
		for nic in eth0 second plain vmx; do
			ip addr flush dev \$nic scope global
			[[ ${1%.*} == bond* ]] || ip link set \$nic down
		done
		for nic in ${1%.*} $1; do echo 0 >\$nic/accept_dad; done
		ip link set ${1%.*} up
		ip link set $1 up
		ip addr add 192.168.1.1/24 dev $1
		ip addr add fd00::1/64 dev $1 nodad
		ip route replace 10.0.0.0/8 via 192.168.1.200 dev $1
		ip route replace fd01::/32 via fd00::200 dev $1
		ip route replace fd02::/32 via fd00::200 dev $1
		for nic in ${1%.*} $1; do
			until ip addr show dev \$nic scope link | grep inet6 | grep -qv tentative; do sleep 0.05; done
		done"
}

# configured MODE INTERFACE: the cluster's configuration.
configured() {
	lab_config "$1"
	sed -i "s/interface: eth0/interface: $2/" "$LAB_DIR/lab.yaml"
	lab_copy node1 "$LAB_DIR/lab.yaml"
}

# attaches [OPTION...]: on node1; what it says is in $output.
attaches() {
	run lab_on node1 "$XNLB" attach -c "$LAB_DIR/lab.yaml" --node node1 "$@"
}

# good: attached, and status finds nothing wrong.
good() {
	run lab_on node1 "$XNLB" status --instance lab
	((status == 0)) || {
		echo "$output"
		return 1
	}
}

# served MODE: clients are answered, each by one node.
served() {
	flows "$1" 4 tcp 7001 100
	flows "$1" 4 udp 7002 100
	flows "$1" 6 tcp 7003 100
}

# filter: what the virtio NIC nic0 lets in, as its hardware has it.
filter() {
	guest_monitor node1 '{"execute": "query-rx-filter", "arguments": {"name": "'"${1:-nic0}"'"}}' |
		jq -S '.return[0] | {promiscuous, unicast, multicast, "main-mac": .["main-mac"],
			macs: (.["unicast-table"] + .["multicast-table"] | sort)}'
}

filter_has() {
	filter "${2:-}" | jq -e --arg mac "$1" '.macs | index($mac)' >/dev/null
}

filter_lacks() {
	! filter_has "$@"
}

filter_is() {
	[[ $(filter) == "$1" ]]
}

received() {
	lab_on node1 cat /sys/class/net/eth0/statistics/rx_packets
}

# arrived MODE: how many of 500 frames to the cluster MAC come into the guest.
arrived() {
	local before
	before=$(received)
	flows "$1" 4 udp 9 500 -w 500 -t 100 >/dev/null 2>&1 || :
	echo $(($(received) - before))
}

lets_in() {
	(($(arrived "$1") >= 500))
}

# keeps_out MODE: but for what else is on the switch.
keeps_out() {
	(($(arrived "$1") < 50))
}

# generic NIC: native XDP is refused there, and generic does.
generic() {
	uses "$1"
	configured multicast "$1"
	attaches --xdp native
	((status == 1))
	[[ $output == *"$1: cannot attach XDP in native mode: "* ]]
	run lab_on node1 ls /sys/fs/bpf/xnlb
	[[ $output == "" || $output == *"No such file"* ]]
	attaches
	((status == 0))
	[[ $output == *"note: $1: the driver has no native XDP for this set-up"*"; generic XDP it is, which is slower"* ]]
	good
	[[ $output == *"generic"* ]]
	[[ $(field node1 .xdp) == '"generic"' ]]
	served multicast
}

# trunk PORT: what passes this port of the switch is tagged on the cable.
trunk() {
	lab_on switch tc qdisc add dev "$1" clsact
	lab_on switch tc filter add dev "$1" egress bpf direct-action obj "$LAB_TOOLS/tags.bpf.o" sec tc/out
	lab_on switch tc filter add dev "$1" ingress bpf direct-action obj "$LAB_TOOLS/tags.bpf.o" sec tc/in
}

# vlan NIC: its device for VLAN 5.
vlan() {
	lab_on node1 ip link add link "$1" name "$1.5" type vlan id 5
	lab_on node1 ip link set "$1" up
}

active() {
	lab_on node1 cat /sys/class/net/bond0/bonding/active_slave
}

failed_over() {
	[[ $(active) == second ]]
}

# traces INTERFACE: what attach could have left there, without counters, and with UP for UNKNOWN: the kernel looks at a
# link later.
traces() {
	guest_run node1 20 "ip maddr show; bridge fdb show; ip addr show; ip neigh show proxy; tc filter show dev $1 ingress
		tc filter show dev $1 egress; tc qdisc show; ip -d link show $1; find /sys/fs/bpf /run/xnlb
		sysctl -a --pattern 'arp_(ignore|announce)'" 2>&1 | grep -v valid_lft |
		sed 's/ state UNKNOWN / state UP /'
}

# decided: which node answers each of 400 flows; node1 has half of them.
decided() {
	flows multicast 4 tcp 7001 400 -w 400 -r 1000 -t 400 >/dev/null 2>&1 || :
	awk '{ print $2, $4 }' "$LAB_DIR/flows" >"$LAB_DIR/$1"
	(($(grep -vc ' -$' "$LAB_DIR/$1") > 100 && $(grep -c ' -$' "$LAB_DIR/$1") > 100))
}

# alike NAME: with generic and native XDP, where there is that, and with rxvlan on and off the NIC vmx decides as it did
# the first time; the ways are in WAYS.
alike() {
	local xdp rxvlan hooks=generic
	! at_least 6.6 || hooks+=" native"
	WAYS=
	for xdp in $hooks; do
		attaches --xdp "$xdp"
		((status == 0))
		for rxvlan in on off; do
			lab_on node1 ethtool -K vmx rxvlan "$rxvlan" || :
			lab_on node1 ethtool -k vmx | grep -q "^rx-vlan-offload: $rxvlan" || continue
			decided "$1.$xdp.$rxvlan"
			[[ -e $LAB_DIR/decided ]] || cp "$LAB_DIR/$1.$xdp.$rxvlan" "$LAB_DIR/decided"
			cmp "$LAB_DIR/decided" "$LAB_DIR/$1.$xdp.$rxvlan"
			WAYS+="${WAYS:+ }$xdp/$rxvlan"
		done
		lab_on node1 "$XNLB" detach --instance lab
	done
}

# link STATE: of node1's eth0, as if its cable were pulled (false) and plugged in again (true).
link() {
	guest_monitor node1 '{"execute": "set_link", "arguments": {"name": "nic0", "up": '"$1"'}}' >/dev/null
}

# watched: traffic, and the oracle beside it.
watched() {
	traffic
	oracle -n 2 -e "$LAB_DIR/events"
}

# never_twice WHAT: no SYN was taken by two nodes.
never_twice() {
	oracle_end
	traffic_over
	say "$1: $(oracle_says)"
	seen '.taken > 0 and .twice == 0 and .twice_apart == 0 and .foreign == 0'
}

two_nodes() {
	cluster_of node1 node2
	configured multicast eth0
	echo "heartbeat: {interval: $INTERVAL}" >>"$LAB_DIR/lab.yaml"
	lab_copy node1 "$LAB_DIR/lab.yaml"
}

states() {
	[[ $(field "$1" .membership.state) == "\"$2\"" ]]
}

no_carrier() {
	run lab_on node1 "$XNLB" status --instance lab
	((status == 5)) && [[ $output == *"Warning: interface eth0 has no carrier: look at its cable, or its port"* ]]
}

carrier() {
	[[ $(lab_on node1 cat /sys/class/net/eth0/carrier) == "$1" ]]
}

# stays SECONDS NODE STATE: it is in this state, as often as one looks.
stays() {
	local end=$((SECONDS + $1))
	while ((SECONDS < end)); do
		states "$2" "$3" || return 1
	done
}
