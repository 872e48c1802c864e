#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A daemon's API and the verbs that use it, on four nodes with clients.

load helper.bash
load daemons.bash
declare -gA daemon # daemons.bash

SOCKET=/run/xnlb/lab.sock

setup_file() {
	make_lab
}

teardown_file() {
	lab_down
}

# ask NODE PATH [OPTION...]: the body of the answer in $body, its status in $code.
ask() {
	local node=$1 path=$2
	shift 2
	body=$(lab_on "$node" curl -sS -m 10 -w '%{stderr}%{http_code}' --unix-socket $SOCKET "$@" \
		"http://localhost$path" 2>"$LAB_DIR/code")
	code=$(<"$LAB_DIR/code")
}

# answers CODE TEXT NODE PATH [OPTION...]: it answers so; TEXT is of the error or the document.
answers() {
	local expected=$1 text=$2
	shift 2
	ask "$@"
	if [[ $code != "$expected" || $body != *"$text"* ]] || ! jq -e type <<<"$body" >/dev/null; then
		echo "$*: $code $body, not $expected ... $text"
		return 1
	fi
}

# verb CODE NODE VERB...: it exits so; what it says is in $output.
verb() {
	local expected=$1 node=$2
	shift 2
	run lab_on "$node" "$XNLB" "$@"
	if ((status != expected)); then
		echo "$*: exit $status, not $expected: $output"
		return 1
	fi
}

# document NODE EXPRESSION: of jq, of its status.
document() {
	lab_on "$1" "$XNLB" status -j | jq -r "$2"
}

# is NODE EXPRESSION: for lab_until.
is() {
	lab_on "$1" "$XNLB" status -j | jq -e "$2" >/dev/null
}

@test "the API, the command and its text show the same; all that is documented is there" {
	all
	requests 4 200 1
	ask node1 /v1/status
	# What goes on between two questions is left out.
	diff <(jq -S 'del(.counters, .default, .membership.heartbeats) | del(.rules[] | .accepted, .dropped)' <<<"$body") \
		<(lab_on node1 "$XNLB" status -j |
			jq -S 'del(.counters, .default, .membership.heartbeats) | del(.rules[] | .accepted, .dropped)')
	# docs/api.md: the fields, by their paths.
	diff <(sed -nE 's/^\| `([][a-z_.]+)` .*/\1/p' "$LAB_ROOT/docs/api.md" | sort) \
		<(jq -r 'del(.counters) | paths | map(if type == "number" then "[]" else "." + . end) | join("") | .[1:]' <<<"$body" |
			grep -vE '\[\]$|^default\.' | sort -u)
	verb 0 node1 status
	[[ $output == *'membership  view '*' since '*', active; started, weight 100 %, '* ]]
	[[ $output == *$'\nSINCE  '*' joined node1, node2, node3, node4'* ]]
	[[ $output == *$'\nnode2                  2  live, weight 100 %\n'* ]]
	[[ $(jq -r '.history[-1].at' <<<"$body") =~ ^20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}Z$ ]]
	# It is about now.
	(($(date +%s) - $(date -d "$(jq -r '.history[-1].at' <<<"$body")" +%s) < 60))
}

@test "every error is said, with its status" {
	local large=$LAB_DIR/large
	start node1
	agree 1 node1
	answers 404 'nothing of this name' node1 /
	answers 404 'nothing of this name' node1 /v1/status/
	answers 404 'nothing of this name' node1 /v1/statusx
	answers 404 'nothing of this name' node1 /v1/control/
	answers 404 'no such request' node1 /v1/control/1
	answers 404 'no such request' node1 /v1/control/4294967297
	answers 404 'no such request' node1 /v1/control/x
	answers 405 'another method' node1 /v1/status -X DELETE
	answers 405 'another method' node1 /v1/status --json '{}'
	answers 405 'another method' node1 /v1/control
	answers 405 'another method' node1 /v1/control/1 --json '{}'
	[[ $(lab_on node1 curl -s -D - -o /dev/null --unix-socket $SOCKET http://localhost/v1/control) == *'Allow: POST'* ]]
	answers 415 application/json node1 /v1/control -d '{"verb":"stop"}'
	answers 415 application/json node1 /v1/control -H 'Content-Type: application/jsonx' -d '{"verb":"stop"}'
	answers 400 'not JSON' node1 /v1/control --json ''
	answers 400 'not JSON' node1 /v1/control --json '{"verb":'
	answers 400 '\"verb\": \"strat\" is no verb: did you mean \"start\"?' node1 /v1/control --json '{"verb":"strat"}'
	answers 400 '\"weight\": 101 is not a whole number' node1 /v1/control --json '{"verb":"weight","weight":101}'
	answers 400 '\"timeout\": \"30\" has no unit' node1 /v1/control --json '{"verb":"drainstop","timeout":"30"}'
	answers 400 'nothing that stop takes' node1 /v1/control --json '{"verb":"stop","rule":"web"}'
	head -c 4097 /dev/zero | tr '\0' ' ' >"$large"
	answers 413 'larger than 4096 bytes' node1 /v1/control --json @"$large"
	answers 413 'larger than 4096 bytes' node1 /v1/control --json @"$large" -H 'Transfer-Encoding: chunked'
	head -c 2000000 /dev/zero | tr '\0' ' ' >"$large"
	answers 413 'larger than 4096 bytes' node1 /v1/control --json @"$large" -H 'Transfer-Encoding: chunked'
	printf '{"verb":"weight","weight":70}%4067s' ' ' >"$large"
	answers 202 '"request":1' node1 /v1/control --json @"$large"
	answers 202 '"request":2' node1 /v1/control -H 'content-type: Application/JSON; charset=utf-8' -d '{"verb":"weight","weight":60}'
	answers 200 '"nodes":[{"id":1,"name":"node1","answer":"taken"}]' node1 /v1/control/2
	# What is no HTTP does no harm, nor does who goes before he is answered.
	lab_on node1 python3 -c '
import random, socket
random.seed(1)
for i in range(300):
    s = socket.socket(socket.AF_UNIX)
    s.connect("/run/xnlb/lab.sock") # waits for its turn, which it would not with a timeout
    s.settimeout(10)
    try:
        if i % 3 == 0:
            s.sendall(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        elif i % 3 == 1:
            s.sendall(random.randbytes(random.randrange(1, 20000)))
        else:
            s.sendall(b"POST /v1/control HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      + b"Content-Length: %d\r\n\r\n{" % random.randrange(5000) + random.randbytes(20))
    except OSError:
        pass
    s.close()'
	[[ $(document node1 .membership.weight) == 60 ]]
	kill -0 "${daemon[node1]}"
}

# as_user GROUP COMMAND...: as a user who is not root, on node1.
as_user() {
	local group=$1
	shift
	lab_on node1 setpriv --reuid 65534 --regid "$group" --clear-groups "$@"
}

@test "who has the group may look, and only root and the daemon's user may change something" {
	start node1
	agree 1 node1
	[[ $(lab_on node1 stat -c '%a %u' /run/xnlb $SOCKET | paste -sd ' ') == '755 0 660 0' ]]
	run as_user 4242 curl -sS --unix-socket $SOCKET http://localhost/v1/status
	((status == 7))
	run as_user 4242 "$XNLB" stop
	[[ $status == 1 && $output == *'Permission denied; run it as root' ]]
	run as_user 4242 "$XNLB" status
	[[ $status == 1 && $output == *'Permission denied; run it as root' ]]
	kill -TERM "${daemon[node1]}"
	wait "${daemon[node1]}"
	[[ -z $(lab_on node1 ls /run/xnlb) ]]
	# As docs/api.md says: the folder's group is the sockets'.
	lab_on node1 install -d -g 4242 -m 2755 /run/xnlb
	start node1
	agree 1 node1
	[[ $(lab_on node1 stat -c '%a %g' $SOCKET) == '660 4242' ]]
	run as_user 4242 curl -sS -w '%{http_code}' --unix-socket $SOCKET http://localhost/v1/status
	[[ $status == 0 && $output == *200 ]]
	as_user 4242 "$XNLB" status >/dev/null
	run as_user 4242 curl -sS -w '%{http_code}' --unix-socket $SOCKET --json '{"verb":"stop"}' http://localhost/v1/control
	[[ $status == 0 && $output == *'only root and the daemon'*403 ]]
	run as_user 4242 "$XNLB" stop
	[[ $status == 1 && $output == *"refuses: only root and the daemon's user may change something" ]]
	members node1 1
	lab_on node1 rm -r /run/xnlb
}

# few_rights COMMAND...: on node1, as a user who is not root, with what a daemon needs.
few_rights() {
	local rights=-all,+bpf,+perfmon,+net_admin,+net_raw
	lab_start node1 "$LAB_DIR/few" setpriv --reuid 65534 --regid 65534 --clear-groups \
		--bounding-set $rights --inh-caps $rights --ambient-caps $rights "$@"
	daemon[node1]=$LAB_STARTED
}

@test "a daemon that is not root's: its user may change something, and needs the folder" {
	lab_on node1 rm -rf /run/xnlb
	lab_on node1 cp "$LAB_DIR/lab.yaml" "$LAB_DIR/lab.key" /run
	lab_on node1 chown 65534 /run/lab.key
	lab_on node1 chmod 755 /run
	few_rights "$XNLB" run -c /run/lab.yaml --node node1
	! wait "$LAB_STARTED" || return 1
	grep -q 'cannot make /run/xnlb: Permission denied' "$LAB_DIR/few.err"
	lab_on node1 install -d -o 65534 /run/xnlb
	few_rights "$XNLB" run -c /run/lab.yaml --node node1
	agree 1 node1
	as_user 65534 "$XNLB" weight 40
	[[ $(document node1 .membership.weight) == 40 ]]
	verb 0 node1 weight 50
	run lab_on node1 setpriv --reuid 4242 --regid 4242 --clear-groups "$XNLB" weight 60
	[[ $status == 1 && $output == *'Permission denied; run it as root' ]]
	[[ $(document node1 .membership.weight) == 50 ]]
	# What is attached is that user's, and goes with the pins.
	kill -TERM "${daemon[node1]}"
	wait "${daemon[node1]}"
	few_rights "$XNLB" detach
	wait "$LAB_STARTED"
	lab_on node1 chmod 1777 /run
	lab_on node1 rm -r /run/xnlb /run/lab.yaml /run/lab.key
}

# epochs: each node's view, and how often it has changed.
epochs() {
	local node
	for node in $LAB_NODES; do
		document "$node" '"\(.node.name) \(.convergence.epoch) \(.history | length)"'
	done
}

@test "64 at once, slow ones, and what never ends: all are answered, and no heartbeat is late" {
	local i before failed=0
	local -a curls=()
	all
	before=$(epochs)
	# 40 that begin a request and say no more, 8 that say a byte now and then.
	lab_start node1 "$LAB_DIR/slow" python3 -c '
import socket, time
def begin(text):
    s = socket.socket(socket.AF_UNIX)
    s.connect("/run/xnlb/lab.sock")
    s.sendall(text)
    return s
slow = [begin(b"POST /v1/control HTTP/1.1\r\nHo") for _ in range(40)]
drops = [begin(b"GET /v1/status HTTP/1.1\r\nX: ") for _ in range(8)]
print("begun", flush=True)
while True:
    time.sleep(0.3)
    for s in drops:
        try:
            s.sendall(b"x")
        except OSError:
            pass
'
	local slow=$LAB_STARTED
	lab_until 5 grep -q begun "$LAB_DIR/slow"
	for ((i = 0; i < 64; i++)); do
		lab_on node1 curl -sSf -m 30 -o "$LAB_DIR/many.$i" --unix-socket $SOCKET http://localhost/v1/status 3>&- &
		curls+=($!)
	done
	requests 4 1000 2
	for i in "${curls[@]}"; do
		wait "$i" || failed=$((failed + 1))
	done
	lab_stop "$slow" || true
	((failed == 0))
	jq -es 'length == 64 and all(.convergence.state == "converged")' "$LAB_DIR"/many.* >/dev/null
	diff <(echo "$before") <(epochs)
}

# under_way: requests of clients, until done_requests; each must be answered.
under_way() {
	: >"$LAB_DIR/go"
	(
		seed=100
		while [[ -e $LAB_DIR/go ]]; do
			requests 4 500 $((seed++)) -r 500 || exit 1
		done
	) >"$LAB_DIR/way" 2>&1 3>&- &
	WAY=$!
}

no_failure() {
	rm "$LAB_DIR/go"
	wait "$WAY" || { tail -n 20 "$LAB_DIR/way"; return 1; }
	say "$1: $(awk '/^node/ { n += $2 } END { print n }' "$LAB_DIR/way") requests, none failed"
}

# share NODE: of rule web.
share() {
	document "$1" '.rules[0].share * 100 | round'
}

@test "stop, start, suspend, resume: the share goes to the others and comes back, and no request fails" {
	all
	under_way
	verb 0 node1 stop
	[[ $output == 'node1: taken' ]]
	agree 2,3,4 node2 node3 node4
	verb 5 node1 status
	[[ $output == *'listening; stopped, weight 100 %'* ]]
	[[ $output == *"Warning: this node takes no new connections: it is stopped; \`xnlb start' starts it"* ]]
	is node2 '.history[-1].why == [{"what": "left", "nodes": ["node1"]}]'
	verb 0 node1 start
	agree 1,2,3,4 node1 node2 node3 node4
	verb 0 node1 suspend
	agree 2,3,4 node2 node3 node4
	verb 5 node1 start
	[[ $output == "node1: is suspended: \`xnlb resume' first" ]]
	verb 5 node1 status
	[[ $output == *"it is suspended; \`xnlb resume' starts it"* ]]
	verb 0 node1 resume -j
	jq -e '.schema_version == 1 and .nodes == [{"id": 1, "name": "node1", "answer": "taken"}]' <<<"$output"
	agree 1,2,3,4 node1 node2 node3 node4
	no_failure "stop, start, suspend, resume"
	verb 0 node1 status
}

@test "weight: the shares are as asked, 50 of 350 on one node, none with 0, and no request fails" {
	all
	under_way
	verb 0 node3 weight 50
	lab_until 5 is node1 '.nodes[2].weight == 50'
	lab_until 5 is node3 '.convergence.state == "converged" and .nodes[2].weight == 50 and .rules[0].share < 20'
	[[ $(share node3) == 1428 || $(share node3) == 1429 ]]
	lab_until 5 is node1 '.rules[0].share > 26'
	[[ $(share node1) == 285[5-9] ]]
	verb 0 node1 status
	[[ $output == *$'\nnode3                  3  live, weight 50 %\n'* ]]
	[[ $output == *' weight node3'* ]]
	verb 0 node3 weight 0
	lab_until 5 is node3 '.rules[0].share == 0'
	lab_until 5 members node3 1,2,3,4
	verb 0 node3 weight 100
	lab_until 5 is node3 '.rules[0].share == 25'
	no_failure "weight"
}

@test "what is wrong with a verb is said, and nothing is changed" {
	start node1
	agree 1 node1
	verb 2 node1 weight 101
	[[ $output == 'xnlb weight: "weight": 101 is not a whole number of percent from 0 to 100'* ]]
	verb 2 node1 weight half
	verb 2 node1 weight
	[[ $output == 'xnlb weight: PERCENT is missing'* ]]
	verb 2 node1 weight 1 2
	verb 2 node1 drain
	[[ $output == 'xnlb drain: RULE is missing'* ]]
	verb 2 node1 drain 'a b'
	[[ $output == *"is neither a rule's name nor"* ]]
	verb 2 node1 drain $'\xff'
	[[ $output == *'is no UTF-8'* ]]
	verb 2 node1 drain web --timeout 30
	[[ $output == 'xnlb drain: "timeout": "30" has no unit'* ]]
	verb 2 node1 stop --timeout 30s
	[[ $output == *"unrecognized option '--timeout'"* ]]
	verb 2 node1 enable web --no-wait
	verb 2 node1 start web
	[[ $output == *'one operand too many: "web"'* ]]
	[[ $(document node1 '"\(.membership.asked) \(.membership.weight) \(.convergence.state)"') == 'started 100 converged' ]]
}

@test "no daemon: exit 4; a killed one leaves a socket, the next one replaces it" {
	verb 4 node1 stop
	[[ $output == "xnlb: no daemon runs: \`xnlb run -c FILE' starts one" ]]
	verb 4 node1 weight 50 --instance lab
	[[ $output == "xnlb: no daemon of instance lab runs: \`xnlb run -c FILE' starts one" ]]
	start node1
	agree 1 node1
	# Another one is refused, and the first goes on.
	verb 1 node1 run -c "$LAB_DIR/lab.yaml"
	[[ $(document node1 .membership.state) == active ]]
	kill -KILL "${daemon[node1]}"
	wait "${daemon[node1]}" || true
	lab_on node1 test -S $SOCKET
	verb 4 node1 stop
	lab_until 2 idle node1
	verb 5 node1 status --instance lab
	[[ $output == *'its daemon does not run, or has no lease'* && $output != *'does not answer'* ]]
	start node1
	agree 1 node1
	verb 0 node1 weight 30
	[[ $(document node1 .membership.weight) == 30 ]]
}

@test "a daemon that stands still: its status comes from the maps, with a warning" {
	start node1
	agree 1 node1
	kill -STOP "${daemon[node1]}"
	verb 5 node1 status
	[[ $output == *'Warning: the daemon does not answer: this is what the pinned maps say'* ]]
	verb 1 node1 stop
	[[ $output == 'xnlb: the daemon of instance lab does not answer: Connection timed out' ]]
	kill -CONT "${daemon[node1]}"
	lab_until 5 is node1 '.membership.state == "active" and .warnings == []'
}

# listen FILE: somebody else at a socket, on node1; its process id in LAB_STARTED.
listen() {
	lab_start node1 "$LAB_DIR/listen" python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("listens", flush=True)
time.sleep(1000)' "$1"
	lab_until 5 grep -q listens "$LAB_DIR/listen"
}

@test "several daemons: one must be named; sockets that nobody listens at are none" {
	start node1
	agree 1 node1
	listen /run/xnlb/other.sock
	local other=$LAB_STARTED
	verb 1 node1 stop
	[[ $output =~ ^'xnlb: there are several daemons ('(lab, other|other, lab)'): name one with --instance'$ ]]
	verb 1 node1 status
	verb 0 node1 status --instance lab
	verb 0 node1 weight 90 --instance lab
	lab_stop "$other" || true
	verb 0 node1 weight 80
	lab_on node1 rm /run/xnlb/other.sock
}

@test "a socket that somebody listens at, or a folder that others may change: the daemon does not start" {
	lab_on node1 rm -rf /run/xnlb
	lab_on node1 mkdir /run/xnlb
	listen $SOCKET
	local other=$LAB_STARTED
	verb 1 node1 run -c "$LAB_DIR/lab.yaml"
	[[ $output == *"a daemon of instance lab answers at $SOCKET: stop it first"* ]]
	lab_stop "$other" || true
	lab_on node1 rm $SOCKET
	lab_on node1 chmod 777 /run/xnlb
	verb 1 node1 run -c "$LAB_DIR/lab.yaml"
	[[ $output == *'/run/xnlb is no folder that only root'* ]]
	lab_on node1 rm -r /run/xnlb
	lab_on node1 touch /run/xnlb
	verb 1 node1 run -c "$LAB_DIR/lab.yaml"
	lab_on node1 rm /run/xnlb
	verb 4 node1 stop
}

@test "another configuration is named in status, which exits with 5" {
	start node1 node2
	agree 1,2 node1 node2
	sed -i 's/ports: 7003/ports: 7004/' "$LAB_DIR/lab.yaml"
	start node3
	lab_until 5 is node1 '.nodes[2].differs == ["rules"]'
	verb 5 node1 status
	[[ $output == *'Warning: node3 has another configuration: rules; it is heard, and not admitted'* ]]
	[[ $output == *'node3                  3  absent, another configuration'* ]]
	(($(document node1 .membership.heartbeats.mismatched) > 0))
	lab_until 5 is node3 '.nodes[0].differs == ["rules"] and .nodes[1].differs == ["rules"] and (.warnings | length) == 3'
	[[ $(document node3 '.warnings[0]') == 'this node takes no new connections: its daemon runs, and has no lease' ]]
}

# shown: the commands of docs/api.md, for the lab's instance.
shown() {
	awk -f "$BATS_TEST_DIRNAME/documents.awk" "$LAB_ROOT/docs/api.md" | sed 's,/xnlb/web\.,/xnlb/lab.,g'
}

@test "docs/api.md: every command runs, and shows the fields that it is said to show" {
	local line command fields field output count=0
	all
	while IFS=$'\t' read -r line command fields; do
		output=$(lab_on node1 bash -o pipefail -c "$command") ||
			{ echo "docs/api.md:$line: failed: $command"; return 1; }
		for field in $fields; do
			[[ $output == *"\"$field\":"* ]] || {
				echo "docs/api.md:$line: no \"$field\" in the output of: $command"
				echo "$output" | head
				return 1
			}
		done
		count=$((count + 1))
	done < <(shown)
	say "$count commands"
	((count >= 5))
}
