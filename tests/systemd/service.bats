#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The service on four nodes under systemd: they are one cluster, from the first test to the last.

load ../netns/helper.bash
load ../netns/daemons.bash # for what it asks; daemons are systemd's here
load ../netns/talks.bash
load machine.bash # last: its machines take the place of the lab's

UNIT=xnlb@lab.service
# A node that was lost before, as some are here, is admitted later each time.
export AGREE_SECONDS=20

setup_file() {
	local node
	LAB_DIR=$BATS_FILE_TMPDIR/lab
	mkdir "$LAB_DIR"
	systemd_up
	lab_serve
	lab_config multicast
	for node in $LAB_NODES; do
		# In its own files, and in no others.
		lab_on "$node" test -d /run/units
		lab_on "$node" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$LAB_ROOT" install
	done
	configure node1 node2 node3 node4
}

teardown_file() {
	systemd_down
}

setup() {
	:
}

teardown() {
	local node
	[[ -n ${BATS_TEST_COMPLETED-} ]] && return
	for node in $LAB_NODES; do
		echo "== $node"
		lab_on "$node" journalctl --no-pager -o short-precise -n 40 -u $UNIT || true
	done
}

# configure NODE...: the lab's configuration as theirs.
configure() {
	local node
	for node; do
		lab_on "$node" install -m 600 "$LAB_DIR/lab.yaml" "$LAB_DIR/lab.key" /etc/xnlb/
	done
}

# ctl NODE VERB...
ctl() {
	lab_on "$1" systemctl "${@:2}" $UNIT
}

property() {
	ctl "$1" show -P "$2"
}

# is NODE PROPERTY VALUE
is() {
	[[ $(property "$1" "$2") == "$3" ]]
}

# mark NODE: messages from here on count.
mark() {
	lab_on "$1" journalctl --no-pager -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p' >"$LAB_DIR/$1.cursor"
}

# journal NODE [OPTION...]: what the daemon and systemd said of it since the mark.
journal() {
	lab_on "$1" journalctl --no-pager -q -o cat --after-cursor "$(<"$LAB_DIR/$1.cursor")" -u $UNIT "${@:2}"
}

says() {
	grep -qF -- "$2" <<<"$(journal "$1")"
}

@test "systemd finds nothing wrong with the unit" {
	run lab_on node1 systemd-analyze verify $UNIT
	[[ $status == 0 && $output == "" ]] || {
		echo "$output"
		return 1
	}
}

@test "enabled, it comes with the boot: active when it is attached, four nodes are one cluster" {
	local node
	for node in $LAB_NODES; do
		mark "$node"
		ctl "$node" enable
		boot "$node"
		lab_until 5 is "$node" ActiveState active
		[[ $(lab_on "$node" "$XNLB" status -j --instance lab | jq -r .xdp) == native ]]
	done
	agree 1,2,3,4 node1 node2 node3 node4
	lab_until 2 status_text node3 'active, view .*: node1, node2, node3, node4'
	requests 4 500 1
}

# boot NODE: the end of a boot.
boot() {
	lab_on "$1" systemctl stop multi-user.target
	lab_on "$1" timeout 5 systemctl start multi-user.target
}

status_text() {
	ctl "$1" status --no-pager -n 0 | grep -q "^ *Status: \"$2\"$"
}

@test "no more rights than it needs, and those: no warning, real-time priority, locked memory" {
	local pid threads
	pid=$(property node1 MainPID)
	[[ $(journal node1 -p warning) == "" ]] || {
		journal node1
		return 1
	}
	threads=$(lab_on node1 ps -L -o cls=,rtprio= -p "$pid" | sort | uniq -c | tr -s ' ')
	[[ $threads == *' 1 FF 50'* ]] || {
		echo "$threads"
		return 1
	}
	lab_on node1 awk '/^VmLck:/ { locked = $2 } /^Seccomp:/ { seccomp = $2 } /^NoNewPrivs:/ { none = $2 }
		/^Cap(Prm|Eff|Bnd):/ && $2 != "000000c000807000" { more = 1 }
		END { exit !(locked > 1000 && seccomp == 2 && none == 1 && !more) }' "/proc/$pid/status" || {
		lab_on node1 cat "/proc/$pid/status"
		return 1
	}
	# The figure of docs/operation.md.
	run lab_on node1 systemd-analyze security --no-pager $UNIT
	say "$(tail -n 1 <<<"$output")"
	lab_on node1 systemd-analyze security --no-pager --threshold=25 $UNIT
}

@test "the daemon is killed: back within its lease, nobody notices" {
	local before node pid
	begin_talks
	before=$(epoch node2)
	for node in node1 node2 node3; do
		pid=$(property "$node" MainPID)
		mark "$node"
		ctl "$node" kill --kill-who=main -s KILL
		lab_until 5 says "$node" 'goes on with what is attached'
		lab_until 5 is "$node" ActiveState active
		[[ $(property "$node" MainPID) != "$pid" ]]
		say "$node: back after $((($(property "$node" ActiveEnterTimestampMonotonic) -
			$(property "$node" ActiveExitTimestampMonotonic)) / 1000)) ms"
	done
	agree 1,2,3,4 node1 node2 node3 node4
	all_go_on "three daemons killed"
	for node in $LAB_NODES; do
		[[ $(epoch "$node") == "$before" ]]
	done
	requests 4 500 2
}

@test "the daemon stands still: the others take over, the watchdog ends it, it comes back" {
	local pid
	pid=$(property node4 MainPID)
	is node4 WatchdogUSec 10s
	# Not to wait for so long here.
	lab_on node4 mkdir -p /etc/systemd/system/xnlb@.service.d
	lab_on node4 tee /etc/systemd/system/xnlb@.service.d/soon.conf <<<$'[Service]\nWatchdogSec=2' >/dev/null
	lab_on node4 systemctl daemon-reload
	ctl node4 restart
	agree 1,2,3,4 node1 node2 node3 node4
	mark node4
	ctl node4 kill --kill-who=main -s STOP
	agree 1,2,3 node1 node2 node3
	requests 4 500 3
	lab_until 10 says node4 'Watchdog timeout'
	agree 1,2,3,4 node1 node2 node3 node4
	[[ $(property node4 MainPID) != "$pid" ]]
}

@test "the daemon crashes: it is tried again, and not in a tight loop" {
	local before
	before=$(property node4 NRestarts)
	mark node4
	ctl node4 kill --kill-who=main -s SEGV
	lab_until 1 is node4 SubState stop-post
	agree 1,2,3 node1 node2 node3
	lab_until 5 is node4 ActiveState active
	is node4 NRestarts $((before + 1))
	agree 1,2,3,4 node1 node2 node3 node4
}

@test "reload: an error in the file fails it and changes nothing" {
	local pid before
	pid=$(property node1 MainPID)
	before=$(epoch node1)
	mark node1
	lab_on node1 sed -i 's/ports: 7003/ports: 70030/' /etc/xnlb/lab.yaml
	run ctl node1 reload
	((status))
	lab_until 5 says node1 '/etc/xnlb/lab.yaml:16:'
	is node1 ActiveState active
	is node1 MainPID "$pid"
	[[ $(epoch node1) == "$before" ]]
	[[ $(journal node1) != *'another configuration'* ]]
	requests 4 200 4
}

@test "reload: gone by as soon as all nodes have it, as one view" {
	local node before
	begin_talks
	before=$(epoch node1)
	sed -i '/name: site/d' "$LAB_DIR/lab.yaml"
	configure node1 node2 node3 node4
	for node in $LAB_NODES; do
		mark "$node"
		ctl "$node" reload
	done
	for node in $LAB_NODES; do
		lab_until 5 says "$node" 'the new configuration is gone by'
	done
	agree 1,2,3,4 node1 node2 node3 node4
	for node in $LAB_NODES; do
		((before + 1 == $(epoch "$node")))
		is "$node" ActiveState active
	done
	all_go_on "a rule removed"
}

@test "the journal has levels" {
	mark node2
	lab_on node2 ip addr del "$LAB_IP4/32" dev lo
	lab_until 5 says node2 'SIGHUP attaches again'
	[[ $(journal node2 -p 4..4) == *'xnlb: warning: this node takes no part'* ]]
	[[ $(journal node2 -p 4) != *'note: '* ]]
	ctl node2 reload
	lab_until 5 says node2 'note: no longer: '
	[[ $(journal node2 -p 6..6) == *'note: no longer: '* && $(journal node2) != *'<'[0-9]'>'* ]]
	agree 1,2,3,4 node1 node2 node3 node4
}

@test "restart, and stop: the others take over at once, connections go on" {
	begin_talks
	mark node3
	# An upgrade: another program than the one that runs.
	lab_on node3 sh -c 'cd /usr/local/sbin && cp xnlb .new && echo >>.new && mv .new xnlb'
	ctl node3 restart
	agree 1,2,3,4 node1 node2 node3 node4
	[[ $(journal node3) != *'did not confirm'* ]]
	all_go_on "a daemon restarted"
	ctl node3 stop
	# It has left before systemctl ends: no time is given here.
	members node1 1,2,4
	requests 4 500 5
	is node3 Result success
	is node3 ActiveState inactive
	all_go_on "one stopped"
	ctl node3 start
	agree 1,2,3,4 node1 node2 node3 node4
}

@test "a broken configuration: said once, not tried again until somebody mends it" {
	ctl node2 stop
	mark node2
	lab_on node2 sed -i 's/mode: multicast/mode: broadcast/' /etc/xnlb/lab.yaml
	run ctl node2 start
	((status))
	is node2 ActiveState failed
	is node2 ExecMainStatus 3
	lab_until 5 says node2 'lab.yaml:3:'
	sleep 1 # in which nothing happens
	[[ $(journal node2 | grep -c 'lab.yaml:3:') == 1 ]]
	is node2 NRestarts 0
	agree 1,3,4 node1 node3 node4
	configure node2
	ctl node2 start
	agree 1,2,3,4 node1 node2 node3 node4
}

@test "at boot the interface comes late, and its address later: nothing waits, then it is there" {
	ctl node2 stop
	lab_on node2 "$XNLB" detach
	lab_on switch ip link del node2
	mark node2
	boot node2
	lab_until 5 says node2 'there is no interface eth0'
	lab_cable node2
	lab_until 5 says node2 'no dedicated IPv4 address'
	lab_address node2 2
	lab_routes node2
	agree 1,2,3,4 node1 node2 node3 node4
	requests 4 500 6
	[[ $(journal node2 | grep -c 'Starting ') -le 4 ]] || {
		journal node2
		return 1
	}
}

@test "uninstalled: nothing of it is left on the machine" {
	ctl node4 disable --now
	lab_on node4 "$XNLB" detach
	lab_on node4 env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$LAB_ROOT" uninstall
	[[ $(lab_on node4 find /usr/local/sbin /usr/local/lib/systemd /etc/systemd /sys/fs/bpf -name 'xnlb*' ! -name '*.d') == "" ]]
	[[ $(lab_on node4 ip -d link show eth0) != *xdp* ]]
	agree 1,2,3 node1 node2 node3
	requests 4 200 7
}
