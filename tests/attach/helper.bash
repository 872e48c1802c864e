# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the tests of attach, detach and status share: one node with a peer on its cable, without a
# switch and without servers. Each test gets its own.

# shellcheck source=tests/netns/lab.sh
source "$BATS_TEST_DIRNAME/../netns/lab.sh"

# What `run` fills in.
: "${output=}" "${status=}"

# make_node [FOLDER]: the machines `node`, 192.168.1.1 and fd00::1 on eth0, and `peer`, .2 and ::2.
make_node() {
	LAB_DIR=$BATS_TEST_TMPDIR/${1-lab}
	export LAB_DIR
	mkdir "$LAB_DIR"
	lab_machine node
	lab_machine peer
	plug numtxqueues 4
	write_config >"$LAB_DIR/web.yaml"
	(umask 077 && printf 'seed %064d\nkey 1 %064d\n' 1 2 >"$LAB_DIR/web.key")
}

# plug OPTION...: the cable, both ends up and with their dedicated addresses.
plug() {
	lab_on node ip link add name eth0 address 52:54:00:00:01:01 numrxqueues 4 "$@" \
		type veth peer name eth0 address 52:54:00:00:01:02 numtxqueues 4 numrxqueues 4 \
		netns "$(<"$LAB_DIR/peer.pid")"
	lab_on peer ip link set eth0 up
	lab_on node ip link set eth0 up
	lab_address node 1
	lab_address peer 2
	# The kernel notices a carrier when it has time.
	lab_until 10 plugged
}

plugged() { on ip -6 addr show dev eth0 scope link | grep -q fe80; }

on() { lab_on node "$@"; }
xnlb() { lab_on node "$XNLB" "$@"; }

# attach [OPTION...]: with the configuration of the last write_config into web.yaml.
attach() { xnlb attach -c "$LAB_DIR/web.yaml" --node node1 "$@"; }

# write_config [MODE [IPS [RULES]]]: to standard output. RULES: lines of YAML.
write_config() {
	cat <<-END
		cluster:
		  name: ${CLUSTER:-web}
		  mode: ${1:-multicast}
		  ips: [${2:-192.168.1.100, \"fd00::100\"}]
		  interface: ${INTERFACE:-eth0}
		  key_file: web.key
		nodes:
		  - {id: 1, name: node1}
		  - {id: 2, name: node2}
		rules:
		${3:-  - {name: dns, ports: 53, protocol: udp, affinity: none\}}
	END
}

# configure [MODE [IPS [RULES]]]: writes it into web.yaml.
configure() { write_config "$@" >"$LAB_DIR/web.yaml"; }

# snapshot NAME: all of the node that attach could have changed.
snapshot() { on "$BATS_TEST_DIRNAME/snapshot.sh" >"$LAB_DIR/$1"; }

# unchanged BEFORE: the node is as in that snapshot.
unchanged() {
	snapshot now
	diff "$LAB_DIR/$1" "$LAB_DIR/now"
}

# says TEXT: exactly one line of $output is not a warning or a note; it is an error of the command or
# about a file, and holds TEXT.
says() {
	local lines
	lines=$(grep -vE '^xnlb: (warning|note): ' <<<"$output" || true)
	if [[ $lines == *$'\n'* || $lines != *"$1"* ]] ||
		[[ $lines != "xnlb: "* && $lines != "$LAB_DIR/"*": error: "* ]]; then
		printf 'one line with "%s" was expected, not:\n%s\n' "$1" "$output"
		return 1
	fi
}

# fails CODE TEXT COMMAND...: it exits with CODE and says TEXT in one line.
fails() {
	local code=$1 text=$2
	shift 2
	run "$@"
	if [[ $status != "$code" ]]; then
		printf 'exit %s, not %s: %s\n%s\n' "$status" "$code" "$*" "$output"
		return 1
	fi
	says "$text"
}

# refused CODE TEXT COMMAND...: the same, and nothing changed.
refused() {
	snapshot before.refused
	fails "$@"
	unchanged before.refused
}

# refused_at LINE:COLUMN TEXT COMMAND...: as refused, for what is wrong in the configuration.
refused_at() {
	local place=$1 text=$2
	shift 2
	snapshot before.refused
	run "$@"
	if [[ $status != "${REFUSED:-3}" || $output != *"web.yaml:$place: error: "*"$text"* ]]; then
		printf 'exit %s and "%s: error: ...%s" were expected, not %s and:\n%s\n' \
			"${REFUSED:-3}" "$place" "$text" "$status" "$output"
		return 1
	fi
	unchanged before.refused
}

# healthy: status finds nothing wrong.
healthy() {
	run xnlb status "$@"
	if [[ $status != 0 ]]; then
		printf 'status: exit %s\n%s\n' "$status" "$output"
		return 1
	fi
}

# degraded TEXT...: status exits with 5 and warns of each TEXT.
degraded() {
	local text warnings
	run xnlb status
	warnings=$(grep '^Warning: ' <<<"$output" || true)
	for text; do
		if [[ $status != 5 || $warnings != *"$text"* ]]; then
			printf 'exit 5 with the warning "%s" was expected, not %s and:\n%s\n' \
				"$text" "$status" "$output"
			return 1
		fi
	done
}

# counter REASON: packets that ended so, on the node.
counter() { xnlb status -j | jq ".counters[\"$1\"]"; }

# counts REASON MORE-THAN: for lab_until.
counts() { (($(counter "$1") > $2)); }

# knock ADDRESS PORT: one UDP packet from the peer.
knock() { lab_on peer bash -c "echo knock >/dev/udp/$1/$2" 2>/dev/null || true; }

# learn ADDRESS MAC: the peer sends to it without asking.
learn() { lab_on peer ip neigh replace "$1" lladdr "$2" dev eth0 nud permanent; }

# decides MAC: packets to 192.168.1.100 at this cluster MAC are decided on the node: of 16, some are
# its own and some are not.
decides() {
	local mine others port
	learn 192.168.1.100 "$1"
	mine=$(counter own-bucket) others=$(counter other-bucket)
	for port in {1..16}; do
		knock 192.168.1.100 53
	done
	lab_until 5 counts own-bucket "$mine"
	lab_until 5 counts other-bucket "$others"
}

# answered ADDRESS: asks for it from the peer; the MAC that answers, or nothing.
answered() {
	lab_on peer ip neigh del "$1" dev eth0 2>/dev/null || true
	knock "$1" 9
	lab_until 10 asked "$1"
	lab_on peer ip neigh show "$1" dev eth0 | grep -o 'lladdr [0-9a-f:]*' | cut -d' ' -f2
}

# asked ADDRESS: there is an answer, or it has been given up.
asked() { [[ $(lab_on peer ip neigh show "$1" dev eth0) =~ lladdr|FAILED ]]; }

# foreign: programs of somebody else, pinned on the node in /sys/fs/bpf/somebodys.
foreign() {
	on mkdir -p /sys/fs/bpf/somebodys
	on bpftool prog loadall "$LAB_TOOLS/foreign.bpf.o" /sys/fs/bpf/somebodys
}

# told_command: the command in backquotes of what was said last.
told_command() { sed -n 's/.*`\([^`]*\)`.*/\1/p' <<<"$output"; }

# program_at xdp|tc_ingress|tc_egress: id of the program that the instance's link holds.
program_at() { on bpftool -j link show pinned "/sys/fs/bpf/xnlb/web/$1" | jq .prog_id; }

# xdp_program: name of the program at eth0; empty: none.
xdp_program() { on ip -d -j link show eth0 | jq -r '.[0].xdp.prog.name // ""'; }
