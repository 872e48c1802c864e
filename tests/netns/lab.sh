# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# A cluster on one machine, as a library of shell functions: four nodes, or those of LAB_NODES (node9 is
# the last), a client and a bystander on one switch. Knows nothing of a particular test.
#
#     node1 .. node4   192.168.1.1 .. .4, fd00::1 .. ::4    nginx and UDP/TCP echo servers
#     client           192.168.1.200, fd00::200             250 addresses of each family, and the
#                                                           gateway to two ranges of clients (below)
#     bystander        192.168.1.250, fd00::250             a machine that has no part in it
#     switch           the bridge br0, one port for each machine, named after it
#
# Each machine is a set of namespaces (network, mount, process ids, host name, IPC) with its own
# /sys, bpffs and /run, so a node sees only itself, as a real one would. They have no names outside
# and belong to a process each, which the kernel kills when the shell that called lab_up ends, even
# by SIGKILL: nothing is left over, and runs at the same time do not meet.
#
# Callers run under `set -e`. Give LAB_DIR, an existing folder of your own; XNLB and LAB_TOOLS may
# name another binary and other tools than those in build/.

LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${XNLB:=$LAB_ROOT/build/xnlb}" "${LAB_TOOLS:=$LAB_ROOT/build/tests}"
export XNLB LAB_TOOLS LAB_DIR

: "${LAB_NODES:=node1 node2 node3 node4}"
export LAB_NODES
export LAB_IP4=192.168.1.100 LAB_IP6=fd00::100
# Clients behind the gateway 192.168.1.200, fd00::200. Those with sockets are addresses of the
# machine `client`; raw ones are made up by the tool `flows`, and no kernel answers for them.
export LAB_SOCKETS4=10.1.0.1 LAB_SOCKETS6=fd01::1 LAB_SOCKETS=250
export LAB_RAW4=10.128.0.0/9 LAB_RAW6=fd02::/32
# Ports of the echo servers: for the rules of lab_config, and of lab_more_rules.
export LAB_ECHO_PORTS="7001 7002 7003 7004 7005 7006"

# lab_until SECONDS COMMAND...: waits until the command succeeds; 1 when the time is over.
lab_until() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# lab_has_tcx: does this kernel have tcx (Linux 6.6)?
lab_has_tcx() {
	printf '%s\n' 6.6 "$(uname -r)" | sort -CV
}

# lab_mac NODE: the MAC of a machine's eth0.
lab_mac() {
	case $1 in
	node[1-9]) echo "52:54:00:00:01:0${1#node}" ;;
	client) echo 52:54:00:00:02:00 ;;
	*) echo 52:54:00:00:02:50 ;;
	esac
}

# lab_enter PID: sets LAB_ENTER, what runs a command among the namespaces of a machine's first process. The
# working folder is opened there: in a chroot a shell cannot name one of another mount namespace, and says so.
lab_enter() {
	LAB_ENTER=(nsenter --target "$1" --root --net --mount --uts --ipc --wdns="$PWD")
}

# lab_on MACHINE COMMAND...: runs a command on a machine.
lab_on() {
	lab_enter "$(<"$LAB_DIR/$1.pid")"
	shift
	"${LAB_ENTER[@]}" -- "$@"
}

# lab_start MACHINE LOG COMMAND...: starts a command on a machine; its process id is in
# LAB_STARTED. Ends with the calling shell at the latest.
lab_start() {
	local log=$2
	lab_enter "$(<"$LAB_DIR/$1.pid")"
	shift 2
	# Emptied before it starts: who waits for a line in it must not find the one of an earlier command.
	: >"$log"
	: >"$log.err"
	setpriv --pdeathsig KILL "${LAB_ENTER[@]}" -- "$@" \
		</dev/null >"$log" 2>"$log.err" 3>&- &
	export LAB_STARTED=$!
}

# lab_copy MACHINE FILE...: files that it shall have too. These machines share a file system with the caller.
lab_copy() { :; }

# lab_stop PID: ends what lab_start started and waits for it; its exit status.
lab_stop() {
	kill -TERM "$1" 2>/dev/null
	wait "$1"
}

# lab_daemon MACHINE COMMAND...: starts a server that ends with its machine.
lab_daemon() {
	local name=$1 pid
	pid=$(<"$LAB_DIR/$name.pid")
	shift
	lab_enter "$pid"
	"${LAB_ENTER[@]}" \
		--pid="/proc/$pid/ns/pid_for_children" -- "$@" \
		</dev/null >>"$LAB_DIR/$name.log" 2>&1 3>&- &
	disown
}

# What a machine does first, inside its namespaces. $0 is its name, $1 the FIFO to report to.
# shellcheck disable=SC2016
LAB_INIT='set -e
# What is mounted here stays here. In a chroot / may be no mount point; then what it lies in decides.
mount --make-rprivate / 2>/dev/null || mount --make-rprivate /sys 2>/dev/null || :
mount -t tmpfs tmpfs /run
if grep -q " /run [^-]* shared:" /proc/self/mountinfo; then
	umount /run
	echo "/ is no mount point, and its file system is shared: bind the folder on itself before the chroot"
	exit 1
fi
mount -t sysfs sysfs /sys
mount -t bpf bpf /sys/fs/bpf
hostname "$0"
cd /proc/sys/net
for scope in all default; do
	echo 0 >ipv6/conf/$scope/accept_dad
	echo 0 >ipv6/conf/$scope/accept_ra
	echo 0 >ipv6/conf/$scope/router_solicitations
done
ip link set lo up
cd /
echo ready >"$1"
exec sleep infinity'

# lab_machine NAME: starts a machine without a cable.
lab_machine() {
	local answer fifo=$LAB_DIR/$1.ready
	mkfifo "$fifo"
	setpriv --pdeathsig KILL \
		unshare --net --mount --propagation unchanged --uts --ipc --pid --fork --kill-child \
		bash -c "$LAB_INIT" "$1" "$fifo" </dev/null >"$LAB_DIR/$1.log" 2>&1 3>&- &
	echo $! >"$LAB_DIR/$1.pid"
	if ! read -r -t 10 answer <>"$fifo"; then
		echo "lab: machine $1 does not start${answer:+: $answer}" >&2
		cat "$LAB_DIR/$1.log" >&2
		return 1
	fi
	rm "$fifo"
}

# lab_switch SNOOPING: the switch; SNOOPING 1: IGMP and MLD snooping, with a querier.
lab_switch() {
	lab_machine switch
	lab_on switch ip link add name br0 type bridge mcast_snooping "$1" mcast_querier "$1" \
		mcast_query_response_interval 200 mcast_startup_query_interval 200
	lab_on switch ip link set br0 up
}

# lab_cable MACHINE: connects its eth0 to the switch.
lab_cable() {
	lab_on switch ip link add name "$1" type veth peer name eth0 address "$(lab_mac "$1")" \
		netns "$(<"$LAB_DIR/$1.pid")"
	lab_on switch ip link set "$1" master br0 up
	lab_on "$1" ip link set eth0 up
}

# lab_address MACHINE LAST: its dedicated addresses 192.168.1.LAST and fd00::LAST.
lab_address() {
	lab_on "$1" ip addr add "192.168.1.$2/24" dev eth0
	lab_on "$1" ip addr add "fd00::$2/64" dev eth0 nodad
}

# lab_routes MACHINE: its ways to the clients behind the gateway.
lab_routes() {
	lab_on "$1" ip route add 10.0.0.0/8 via 192.168.1.200
	lab_on "$1" ip route add fd01::/32 via fd00::200
	lab_on "$1" ip route add fd02::/32 via fd00::200
}

# lab_node NAME
lab_node() {
	lab_machine "$1"
	lab_cable "$1"
	lab_address "$1" "${1#node}"
	# Many half-open connections, and no SYN-ACK is sent twice: tests count answers.
	lab_on "$1" sysctl -qw net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535 \
		net.ipv4.tcp_synack_retries=0
	lab_routes "$1"
}

lab_client() {
	local i
	lab_machine client
	lab_cable client
	lab_address client 200
	for ((i = 1; i <= LAB_SOCKETS; i++)); do
		printf 'addr add 10.1.0.%d/32 dev lo\n' "$i"
		printf 'addr add fd01::%x/128 dev lo nodad\n' "$i"
	done | lab_on client ip -batch -
}

lab_bystander() {
	lab_machine bystander
	lab_cable bystander
	lab_address bystander 250
}

# True when every port of the switch forwards and every machine has a carrier.
lab_connected() {
	local states
	states=$(lab_on switch bridge link show)
	! grep -qv 'state forwarding' <<<"$states"
}

# lab_up [SNOOPING]: the whole lab, without xnlb and without servers.
lab_up() {
	local node
	lab_switch "${1:-0}"
	for node in $LAB_NODES; do
		lab_node "$node"
	done
	lab_client
	lab_bystander
	if ! lab_until 10 lab_connected; then
		echo "lab: the switch does not forward on all ports:" >&2
		lab_on switch bridge link show >&2
		return 1
	fi
}

# lab_crash MACHINE PID...: as if its power had failed: the machine with its servers, and what lab_start has
# started there, which lives outside. lab_node starts it again.
lab_crash() {
	local pid
	pid=$(<"$LAB_DIR/$1.pid")
	kill -KILL "$pid" "${@:2}"
	wait "$pid" "${@:2}" 2>/dev/null || true
	rm "$LAB_DIR/$1.pid"
}

# lab_down: removes the lab. Safe to call twice, and on a half-made one.
lab_down() {
	local file pid
	for file in "$LAB_DIR"/*.pid; do
		[[ -e $file ]] || continue
		pid=$(<"$file")
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		rm -f "$file"
	done
}

lab_listens() {
	local port sockets
	sockets=$(lab_on "$1" ss -Hltn) || return
	for port in 80 $LAB_ECHO_PORTS; do
		[[ $sockets == *":$port "* ]] || return 1
	done
}

# lab_serve_node NODE: nginx on port 80, which answers with the node's name, and echo servers.
lab_serve_node() {
	local node=$1
	cat >"$LAB_DIR/$node.nginx" <<-END
		user root;
		worker_processes 1;
		daemon off;
		pid $LAB_DIR/$node.nginx.pid;
		events { worker_connections 8192; }
		http {
		    access_log off;
		    keepalive_timeout 0;
		    server {
		        listen 80 backlog=4096;
		        listen [::]:80 backlog=4096;
		        default_type text/plain;
		        location / { return 200 "$node\n"; }
		    }
		}
	END
	lab_copy "$node" "$LAB_DIR/$node.nginx"
	lab_daemon "$node" nginx -e "$LAB_DIR/$node.nginx.log" -c "$LAB_DIR/$node.nginx"
	# shellcheck disable=SC2086 # a list of ports
	lab_daemon "$node" "$LAB_TOOLS/echo" $LAB_ECHO_PORTS
	if ! lab_until 10 lab_listens "$node"; then
		echo "lab: the servers of $node do not listen" >&2
		cat "$LAB_DIR/$node.log" "$LAB_DIR/$node.nginx.log" >&2
		return 1
	fi
}

# lab_serve: the same on each node.
lab_serve() {
	local node
	for node in $LAB_NODES; do
		lab_serve_node "$node"
	done
}

# lab_config MODE [WEIGHTS]: writes $LAB_DIR/lab.yaml and its keys. WEIGHTS: "10 20 30 40". The
# seed is fixed: which node gets a flow is then the same in every run.
lab_config() {
	local mode=$1 weights='' node list=''
	for node in $LAB_NODES; do
		list+="  - {id: ${node#node}, name: $node}"$'\n'
	done
	if [[ -n ${2:-} ]]; then
		# shellcheck disable=SC2086,SC2183 # four words
		weights=", weights: {$(printf 'node1: %d, node2: %d, node3: %d, node4: %d' $2)}"
	fi
	cat >"$LAB_DIR/lab.yaml" <<-END
		cluster:
		  name: lab
		  mode: $mode
		  ips: [$LAB_IP4, "$LAB_IP6"]
		  interface: eth0
		  key_file: lab.key
		nodes:
		${list%$'\n'}
		rules:
		  - {name: web, ip: all, protocol: tcp, ports: 80, mode: multiple, affinity: none$weights}
		  - {name: flow, ip: all, protocol: both, ports: 7001, mode: multiple, affinity: none$weights}
		  - {name: address, ip: all, protocol: both, ports: 7002, mode: multiple, affinity: single$weights}
		  - {name: site, ip: all, protocol: both, ports: 7003, mode: multiple, affinity: network$weights}
	END
	if [[ ! -e $LAB_DIR/lab.key ]]; then
		(umask 077 && printf 'seed %064d\nkey 1 %064d\n' "${LAB_SEED:-1}" 2 >"$LAB_DIR/lab.key")
	fi
	for node in $LAB_NODES; do
		lab_copy "$node" "$LAB_DIR/lab.yaml" "$LAB_DIR/lab.key"
	done
}

# lab_more_rules: the other modes, added to $LAB_DIR/lab.yaml. Port 7006 stays without a rule.
lab_more_rules() {
	local node
	cat >>"$LAB_DIR/lab.yaml" <<-END
		  - name: ranked
		    ip: all
		    protocol: both
		    ports: 7004
		    mode: single
		    priorities: {node1: 3, node2: 2, node3: 1, node4: 4}
		  - {name: closed, ip: all, protocol: both, ports: 7005, mode: disabled}
	END
	for node in $LAB_NODES; do
		lab_copy "$node" "$LAB_DIR/lab.yaml"
	done
}

# lab_attach: attaches the configuration on every node, with the options in LAB_ATTACH.
lab_attach() {
	local node
	for node in $LAB_NODES; do
		# shellcheck disable=SC2086 # a list of options
		lab_on "$node" "$XNLB" attach -c "$LAB_DIR/lab.yaml" --node "$node" ${LAB_ATTACH:-} \
			>/dev/null
	done
}

lab_detach() {
	local node
	for node in $LAB_NODES; do
		lab_on "$node" "$XNLB" detach --instance lab
	done
}

# lab_cluster_mac MODE
lab_cluster_mac() {
	case $1 in
	unicast) echo 02:bf:c0:a8:01:64 ;;
	multicast) echo 03:bf:c0:a8:01:64 ;;
	igmp) echo 01:00:5e:7f:01:64 ;;
	esac
}

# lab_ip FAMILY: the cluster IP of family 4 or 6.
lab_ip() {
	if [[ $1 == 4 ]]; then echo "$LAB_IP4"; else echo "$LAB_IP6"; fi
}
