#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Bad input: one line that says what and what to do (or all errors of the configuration with their
# places), and nothing has changed.

load helper.bash

setup() {
	make_node
}

teardown() {
	lab_down
}

@test "an interface that is not there" {
	INTERFACE=eth9 configure
	refused 1 'there is no interface eth9' attach
}

@test "interfaces that are not Ethernet" {
	INTERFACE=lo configure
	refused 1 'lo is not an Ethernet interface' attach
	on ip tuntap add dev tun0 mode tun
	INTERFACE=tun0 configure
	refused 1 'tun0 is not an Ethernet interface' attach
}

@test "lo is down" {
	on ip link set lo down
	refused 1 'lo is down' attach
}

# nobody COMMAND...: as another user, without a privilege.
nobody() { on setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

# without CAPABILITY COMMAND...: as root, but without it.
without() {
	local capability=$1
	shift
	on setpriv --bounding-set "-$capability" --inh-caps "-$capability" "$XNLB" "$@"
}

@test "each missing privilege is named, and no other is needed" {
	local capability needed=" bpf perfmon net_admin net_raw "
	for capability in $(setpriv --list-caps); do
		if [[ $needed == *" $capability "* ]]; then
			refused 1 "not permitted: CAP_${capability^^} is missing" \
				without "$capability" attach -c "$LAB_DIR/web.yaml" --node node1
			continue
		fi
		# Twice: a replacement needs more.
		without "$capability" attach -c "$LAB_DIR/web.yaml" --node node1
		without "$capability" attach -c "$LAB_DIR/web.yaml" --node node1
		without "$capability" status >/dev/null
		without "$capability" detach
	done
	attach
	for capability in $needed; do
		refused 1 "not permitted: CAP_${capability^^} is missing" without "$capability" detach
	done
	xnlb detach
}

# least COMMAND...: as root with these four capabilities and no other.
least() {
	on setpriv --bounding-set -all,+bpf,+perfmon,+net_admin,+net_raw \
		--inh-caps -all,+bpf,+perfmon,+net_admin,+net_raw "$XNLB" "$@"
}

@test "four privileges suffice to attach, replace and detach, with every hook" {
	local options
	for options in '' '--tc clsact --xdp generic'; do
		configure
		snapshot before
		# shellcheck disable=SC2086 # a list of options
		least attach -c "$LAB_DIR/web.yaml" --node node1 $options
		configure unicast '192.168.1.100, 192.168.1.101'
		least attach -c "$LAB_DIR/web.yaml" --node node1
		healthy
		[[ $(least status -j | jq -r .mode) == unicast ]]
		refused 1 'explaining what is attached needs CAP_SYS_ADMIN' \
			least explain tcp 192.0.2.1:1 192.168.1.100:80
		decides 02:bf:c0:a8:01:64
		# A replacement that fails has the former programs to go back to.
		run least attach -c "$LAB_DIR/web.yaml" --node node1 \
			"--xdp=$([[ $options ]] && echo native || echo generic)"
		[[ $status == 1 ]]
		healthy
		least detach
		unchanged before
	done
}

@test "four privileges: after a killed replacement too" {
	local options number
	for options in '' '--tc clsact --xdp generic'; do
		snapshot before
		# Before the first pin is renamed, and when half of them are.
		for number in 1 6; do
			# shellcheck disable=SC2086 # a list of options
			least attach -c "$LAB_DIR/web.yaml" --node node1 $options
			run on strace -f -o /dev/null -e trace=renameat2 \
				-e "inject=renameat2:signal=KILL:when=$number" \
				"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
			((status != 0))
			degraded 'an attach ended in the middle: attach again'
			((number == 1)) || least attach -c "$LAB_DIR/web.yaml" --node node1
			least detach
			unchanged before
		done
	done
}

@test "four privileges: a program whose pin is gone" {
	least attach -c "$LAB_DIR/web.yaml" --node node1
	on rm /sys/fs/bpf/xnlb/web/xnlb_xdp
	refused 1 'cannot open the XDP program on eth0, which is to be replaced: Operation not permitted; its pin is gone' \
		least attach -c "$LAB_DIR/web.yaml" --node node1
	attach
	least attach -c "$LAB_DIR/web.yaml" --node node1
	least detach
}

@test "four privileges: another XDP program at the interface" {
	foreign
	on ip link set eth0 xdp pinned /sys/fs/bpf/somebodys/somebodys_xdp
	refused 1 'eth0: another XDP program is attached (id ' \
		least attach -c "$LAB_DIR/web.yaml" --node node1
}

# least_nobody COMMAND...: as another user with the four.
least_nobody() {
	on setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps -all,+bpf,+perfmon,+net_admin,+net_raw \
		--ambient-caps -all,+bpf,+perfmon,+net_admin,+net_raw "$XNLB" "$@"
}

@test "four privileges as a user other than root, who owns the folder then" {
	on cp "$LAB_DIR/web.yaml" "$LAB_DIR/web.key" /run
	on chown 65534 /run/web.key
	snapshot before
	least_nobody attach -c /run/web.yaml --node node1
	least_nobody attach -c /run/web.yaml --node node1
	least_nobody status >/dev/null
	refused 1 '/sys/fs/bpf/xnlb belongs to user 65534' xnlb status
	least_nobody detach
	unchanged before
}

@test "user nobody" {
	chmod 755 "$BATS_TEST_TMPDIR" "$LAB_DIR"
	refused 1 'not permitted: CAP_BPF is missing; run it as root' \
		nobody "$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
	attach
	refused 1 'not permitted: CAP_BPF is missing; run it as root' nobody "$XNLB" detach
	refused 1 'Permission denied; run it as root' nobody "$XNLB" status
	refused 1 'Permission denied; run it as root' nobody "$XNLB" explain tcp 192.0.2.1:1 192.168.1.100:80
}

@test "a kernel that is too old" {
	local old=(on setarch --uname-2.6 "$XNLB")
	refused 1 'is too old: xnlb needs Linux 6.1 or newer' \
		"${old[@]}" attach -c "$LAB_DIR/web.yaml" --node node1
	refused 1 'is too old' "${old[@]}" detach
}

@test "the BPF file system is not mounted" {
	on umount /sys/fs/bpf
	refused 1 'not mounted: mount -t bpf -o mode=700 bpf /sys/fs/bpf' attach
	refused 1 'not mounted: mount -t bpf -o mode=700 bpf /sys/fs/bpf' xnlb detach
	refused 1 'not mounted: mount -t bpf -o mode=700 bpf /sys/fs/bpf' xnlb status
}

# untrusted TEXT: each command refuses the pins' folder, because of TEXT, and changes nothing.
untrusted() {
	local command
	snapshot before.untrusted
	for command in attach 'attach --instance other' 'xnlb detach' 'xnlb status' \
		'xnlb status --instance web' 'xnlb explain tcp 192.0.2.1:1 192.168.1.100:80'; do
		# shellcheck disable=SC2086 # a command line
		fails 1 "$1" $command
	done
	unchanged before.untrusted
}

@test "a folder that another user made is not trusted, and stays" {
	nobody mkdir -m 700 /sys/fs/bpf/xnlb
	untrusted '/sys/fs/bpf/xnlb belongs to user 65534, not to you or root'
	nobody mkdir -m 700 /sys/fs/bpf/xnlb/web
	untrusted '/sys/fs/bpf/xnlb belongs to user 65534, not to you or root'
	on rm -r /sys/fs/bpf/xnlb
	attach
	on chown 65534 /sys/fs/bpf/xnlb/web
	untrusted '/sys/fs/bpf/xnlb/web belongs to user 65534, not to you or root'
	on chown 0 /sys/fs/bpf/xnlb/web
	healthy
}

@test "a folder that is open to others is not trusted" {
	local folder mode
	attach
	for folder in /sys/fs/bpf/xnlb /sys/fs/bpf/xnlb/web; do
		for mode in 0701 0770; do
			on chmod "$mode" "$folder"
			untrusted "others can reach $folder (mode $mode)"
		done
		on chmod 700 "$folder"
	done
	healthy
}

@test "a symbolic link in place of the folder is not followed" {
	attach
	on mv /sys/fs/bpf/xnlb /sys/fs/bpf/elsewhere
	on ln -s /sys/fs/bpf/elsewhere /sys/fs/bpf/xnlb
	untrusted 'cannot open /sys/fs/bpf/xnlb: '
}

@test "a BPF file system in which others may rename is not trusted" {
	attach
	on chmod 777 /sys/fs/bpf
	untrusted 'others than root may rename what is in /sys/fs/bpf: chown root'
	on chmod 1777 /sys/fs/bpf
	on chown 65534 /sys/fs/bpf
	untrusted 'others than root may rename what is in /sys/fs/bpf: chown root'
	on bash -c "$(sed -n 's/.*in \/sys\/fs\/bpf: //p' <<<"$output")"
	healthy
}

@test "nothing is attached" {
	refused 1 'nothing is attached on this machine' xnlb detach
	refused 1 'nothing is attached on this machine' xnlb status
	attach
	refused 1 'instance other is not attached' xnlb detach --instance other
	refused 1 'instance other is not attached' xnlb status --instance other
}

# pin_instead MAP VALUE ENTRIES: a map of another size in its place.
pin_instead() {
	on rm "/sys/fs/bpf/xnlb/web/$1"
	on bpftool map create "/sys/fs/bpf/xnlb/web/$1" type array key 4 value "$2" entries "$3" \
		name "$1"
}

@test "pins of another size: attach, detach and status refuse" {
	local map
	for map in cluster journal; do
		attach
		pin_instead "$map" 40 7
		refused 1 'instance web was attached by another version of xnlb' xnlb status
		refused 1 'instance web was attached by another version of xnlb' attach
		refused 1 'instance web was attached by another version of xnlb' xnlb detach
		on rm -r /sys/fs/bpf/xnlb/web
	done
}

@test "another layout number: attach, detach and status refuse" {
	local value
	attach
	value=$(on bpftool -j map lookup pinned /sys/fs/bpf/xnlb/web/cluster key 0 0 0 0 |
		jq -r '.value | .[0] = "0x63" | join(" ")')
	# shellcheck disable=SC2086 # bytes
	on bpftool map update pinned /sys/fs/bpf/xnlb/web/cluster key 0 0 0 0 value $value
	refused 1 'instance web was attached by another version of xnlb' xnlb status
	refused 1 'instance web was attached by another version of xnlb' attach
	refused 1 'instance web was attached by another version of xnlb' xnlb detach
}

@test "pins of another size that only attach makes: attach mends, detach removes" {
	local map
	for map in rows owners live counters nodes ips rules; do
		attach
		pin_instead "$map" 40 7
		refused 1 'instance web was attached by another version of xnlb' xnlb status
		attach
		healthy
		pin_instead "$map" 40 7
		xnlb detach
	done
}

@test "numbers in a map that lead nowhere" {
	local value
	attach
	value=$(on bpftool -j map lookup pinned /sys/fs/bpf/xnlb/web/live key 0 0 0 0 |
		jq -r '.value | map("0xff") | join(" ")')
	# shellcheck disable=SC2086 # bytes
	on bpftool map update pinned /sys/fs/bpf/xnlb/web/live key 0 0 0 0 value $value
	healthy
	value=$(on bpftool -j map lookup pinned /sys/fs/bpf/xnlb/web/rules key 1 0 0 0 |
		jq -r '.value | map("0xff") | join(" ")')
	# shellcheck disable=SC2086 # bytes
	on bpftool map update pinned /sys/fs/bpf/xnlb/web/rules key 1 0 0 0 value $value
	refused 1 'another version' xnlb status
	refused 1 'another version' xnlb explain tcp 192.0.2.1:1 192.168.1.100:80
	attach
	healthy
}

@test "a cluster IP is an address of this node" {
	on ip addr add 192.168.1.100/24 dev eth0
	refused_at 4:9 "cluster IP 192.168.1.100 is this node's own address on eth0" attach
	on ip addr del 192.168.1.100/24 dev eth0
	on ip addr add fd00::100/64 dev eth0 nodad
	refused_at 4:25 "cluster IP fd00::100 is this node's own address on eth0" attach
}

@test "a cluster IP became an address of this node while it is attached" {
	attach
	on ip addr add 192.168.1.100/24 dev eth0
	refused_at 4:9 "cluster IP 192.168.1.100 is this node's own address on eth0" attach
}

@test "no dedicated address of a family: the machine may get one later, so it is no error of the file" {
	on ip addr flush dev eth0 scope global
	REFUSED=1 refused_at 4:9 'eth0 has no dedicated IPv4 address' attach
	[[ $output == *'web.yaml:4:25: error: eth0 has no dedicated IPv6 address'* ]]
	on ip addr add 192.168.1.1/24 dev eth0
	REFUSED=1 refused_at 4:25 'eth0 has no dedicated IPv6 address' attach
	configure multicast 192.168.1.100
	attach
}

@test "all that is wrong on this machine is said at once" {
	on ip addr flush dev eth0 scope global
	on ip addr add 192.168.1.100/24 dev eth0
	chmod 000 "$LAB_DIR/web.key"
	refused_at 4:9 "cluster IP 192.168.1.100 is this node's own address on eth0" attach
	[[ $output == *'web.yaml:4:9: error: eth0 has no dedicated IPv4'* ]]
	[[ $output == *'web.yaml:4:25: error: eth0 has no dedicated IPv6'* ]]
}

@test "a key file that others can read, that is not there, or is none" {
	chmod 644 "$LAB_DIR/web.key"
	refused 3 'web.key' attach
	chmod 600 "$LAB_DIR/web.key"
	echo nonsense >"$LAB_DIR/web.key"
	refused 3 'web.key' attach
	rm "$LAB_DIR/web.key"
	refused_at 6:13 'there is no ' attach
}

@test "a key file that cannot be read" {
	chown 65534 "$LAB_DIR/web.key"
	refused 3 'web.key: error: Permission denied' on setpriv --bounding-set \
		-dac_override,-dac_read_search --inh-caps -dac_override,-dac_read_search \
		"$XNLB" attach -c "$LAB_DIR/web.yaml" --node node1
}

@test "a node that the file does not have" {
	run xnlb attach -c "$LAB_DIR/web.yaml" --node node9
	[[ $status == 3 ]]
	says node9
	# Without --node it is the host's name.
	run xnlb attach -c "$LAB_DIR/web.yaml"
	[[ $status == 3 ]]
	says 'node'
}

@test "IPv6 is switched off where the cluster IP belongs" {
	on sysctl -qw net.ipv6.conf.lo.disable_ipv6=1
	refused 1 'is IPv6 switched off there' attach
}

@test "a configuration that is not one changes nothing" {
	echo 'cluster: {nmae: web}' >"$LAB_DIR/web.yaml"
	snapshot before
	run attach
	[[ $status == 3 ]]
	unchanged before
}
