#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Connections that a node opens from the cluster IP: their replies, which no rule covers, come back
# to that node alone. No other node answers them: not the default node, by a reset or an
# unreachable, either.

load helper.bash

setup_file() {
	make_lab
	lab_daemon client "$LAB_TOOLS/echo" 7001
	cat >"$LAB_DIR/client.nginx" <<-END
		user root;
		daemon off;
		pid $LAB_DIR/client.nginx.pid;
		events {}
		http {
		    access_log off;
		    keepalive_timeout 0;
		    server { listen 8080; listen [::]:8080; location / { return 200 "client\n"; } }
		}
	END
	lab_daemon client nginx -e "$LAB_DIR/client.nginx.log" -c "$LAB_DIR/client.nginx"
	lab_until 10 web_listens
}

teardown_file() {
	lab_down
}

web_listens() {
	lab_on client ss -Hltn 'sport = :8080' | grep -q . &&
		lab_on client ss -Hlun 'sport = :7001' | grep -q .
}

# sent NODE: resets and unreachables that a node has sent so far.
sent() {
	lab_on "$1" nstat -asz TcpOutRsts IcmpOutDestUnreachs Icmp6OutDestUnreachs |
		awk '/Out/ { sum += $2 } END { print sum }'
}

# web NODE FAMILY: 10 requests from the cluster IP to the client's web server.
web() {
	local to=192.168.1.200 i urls=()
	[[ $2 == 6 ]] && to='[fd00::200]'
	for ((i = 0; i < 10; i++)); do
		urls+=(-o /dev/null "http://$to:8080/")
	done
	lab_on "$1" curl -sS --fail --max-time 5 --interface "host!$(lab_ip "$2")" \
		-w '%{http_code}\n' "${urls[@]}" | grep -c '^200$'
}

# datagrams NODE FAMILY: 10 connected UDP sockets at the cluster IP, each asks the client's echo
# server and waits for its answer.
datagrams() {
	local to=192.168.1.200
	[[ $2 == 6 ]] && to=fd00::200
	lab_on "$1" python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
answered = 0
for i in range(10):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], 0))
    s.connect((sys.argv[2], 7001))
    s.settimeout(5)
    s.send(b"%d" % i)
    answered += s.recv(100) == b"%d" % i
print(answered)' "$(lab_ip "$2")" "$to"
}

check_mode() {
	local node family other before after
	begin "$1"
	for node in $LAB_NODES; do
		before='' after=''
		for other in $LAB_NODES; do before+="$(sent "$other") "; done
		for family in 4 6; do
			[[ $(web "$node" $family) == 10 ]]
			[[ $(datagrams "$node" $family) == 10 ]]
		done
		for other in $LAB_NODES; do after+="$(sent "$other") "; done
		echo "$1, $node: resets and unreachables of the nodes before: $before after: $after"
		[[ $before == "$after" ]]
	done
	lab_on node2 "$XNLB" status -j --instance lab |
		jq -e '.counters["local-socket"] > 0'
	lab_on node1 "$XNLB" status -j --instance lab |
		jq -e '.counters["no-socket"] > 0'
	finish
}

@test "unicast: replies reach the node that asked, and nobody else answers them" {
	check_mode unicast
}

@test "multicast: replies reach the node that asked, and nobody else answers them" {
	check_mode multicast
}

@test "igmp: replies reach the node that asked, and nobody else answers them" {
	check_mode igmp
}
