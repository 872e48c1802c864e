# shellcheck shell=bash disable=SC2034,SC2154 # FAILED is for tests, daemon from daemons.bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Everything that can happen to daemons and to the switch between them, in random order. What is undone
# is undone in time: a node whose daemon is not heard for three seconds may lose its connections.

# What is wrong with a node, and until when (milliseconds); then, until when it is left alone, to be heard.
declare -gA WRONG=() DUE=() RESTS=()
# The other of a pair, by node; how often a way is cut, "node1 node2".
declare -gA CUT=() CUTS=()

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

chaos_switch() {
	lab_on switch nft -f - <<-END
		table bridge chaos
		delete table bridge chaos
		table bridge chaos {
		    set cut { type ifname . ifname; }
		    chain loss { }
		    chain forward {
		        type filter hook forward priority 0
		        iifname . oifname @cut drop
		        jump loss
		    }
		}
	END
}

# loss PERMILLE: of each copy of each frame.
loss() {
	lab_on switch nft -f - <<-END
		flush chain bridge chaos loss
		add rule bridge chaos loss numgen random mod 1000 < $1 drop
	END
}

# told_apart cut|heal NODE NODE: for the oracle; before a cut begins and after it ended.
told_apart() {
	echo "$EPOCHREALTIME $1 ${2#node} ${3#node}" >>"$LAB_DIR/apart"
}

# cut_way FROM TO: no frame gets from one to the other. mend_way: as often as it was cut.
cut_way() {
	told_apart cut "$1" "$2"
	CUTS["$1 $2"]=$((${CUTS["$1 $2"]:-0} + 1))
	((CUTS["$1 $2"] > 1)) || lab_on switch nft add element bridge chaos cut "{ \"$1\" . \"$2\" }"
}

mend_way() {
	CUTS["$1 $2"]=$((CUTS["$1 $2"] - 1))
	((CUTS["$1 $2"] > 0)) || lab_on switch nft delete element bridge chaos cut "{ \"$1\" . \"$2\" }"
	told_apart heal "$1" "$2"
}

others() {
	local node
	for node in $LAB_NODES; do
		[[ $node == "$1" ]] || echo "$node"
	done
}

# ---- a row each: begin_WHAT NODE, end_WHAT NODE ----

begin_kill() {
	kill -KILL "${daemon[$1]}"
	wait "${daemon[$1]}" || true
}
end_kill() { start "$1"; }

begin_stop() { kill -STOP "${daemon[$1]}"; }
end_stop() { kill -CONT "${daemon[$1]}"; }

begin_leave() { kill -TERM "${daemon[$1]}"; }
end_leave() {
	wait "${daemon[$1]}" || true
	start "$1"
}

begin_restart() {
	begin_leave "$1"
	end_leave "$1"
}
end_restart() { :; }

begin_loss() { loss $((10 + RANDOM % 41)); }
end_loss() { loss 0; }

begin_block() {
	local node
	for node in $(others "$1"); do
		told_apart cut "$1" "$node"
	done
	lab_on switch bridge link set dev "$1" state 0
}
end_block() {
	local node
	lab_on switch bridge link set dev "$1" state 3
	for node in $(others "$1"); do
		told_apart heal "$1" "$node"
	done
}

# each_way cut_way|mend_way from|to NODE: it and each other.
each_way() {
	local node
	for node in $(others "$3"); do
		if [[ $2 == from ]]; then "$1" "$3" "$node"; else "$1" "$node" "$3"; fi
	done
}

# It hears others, and they do not hear it; the other way round; it and one other do not hear each other.
begin_mute() { each_way cut_way from "$1"; }
end_mute() { each_way mend_way from "$1"; }
begin_deaf() { each_way cut_way to "$1"; }
end_deaf() { each_way mend_way to "$1"; }

begin_pair() {
	local list
	mapfile -t list < <(others "$1")
	CUT[$1]=${list[RANDOM % ${#list[@]}]}
	cut_way "$1" "${CUT[$1]}"
	cut_way "${CUT[$1]}" "$1"
}
end_pair() {
	mend_way "$1" "${CUT[$1]}"
	mend_way "${CUT[$1]}" "$1"
}

# ---- the order of things ----

# end_due MOMENT: ends what is due until then.
end_due() {
	local node
	for node in "${!DUE[@]}"; do
		((DUE[$node] <= $1)) || continue
		"end_${WRONG[$node]}" "$node"
		unset "WRONG[$node]" "DUE[$node]"
		RESTS[$node]=$(($(now_ms) + 1200))
	done
}

# begin_one MOST WHAT...: one of these, for at most so many milliseconds, to a node that is well, if two stay well.
begin_one() {
	local what node nodes=() most=$1
	shift
	((${#WRONG[@]} < 2)) || return 0
	for node in $LAB_NODES; do
		[[ -n ${WRONG[$node]:-} ]] || ((${RESTS[$node]:-0} > $(now_ms))) || nodes+=("$node")
	done
	((${#nodes[@]})) || return 0
	node=${nodes[RANDOM % ${#nodes[@]}]}
	what=${*:RANDOM % $# + 1:1}
	WRONG[$node]=$what
	DUE[$node]=$(($(now_ms) + 200 + RANDOM % (most - 200)))
	echo "$EPOCHREALTIME $what $node until ${DUE[$node]}" >>"$LAB_DIR/story"
	"begin_$what" "$node"
}

# chaos SECONDS MOST WHAT...: these, for so long; then all is well again.
chaos() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	WRONG=() DUE=() RESTS=() CUT=() CUTS=()
	: >"$LAB_DIR/story"
	while (($(now_ms) < end)); do
		end_due "$(now_ms)"
		begin_one "$@"
		# It is the passing of time that is tried here.
		sleep "0.$((RANDOM % 3 + 1))"
	done
	end_due $((end + 10000))
	loss 0
}

# ---- traffic, for as long as $LAB_DIR/traffic is there ----

traffic_loop() {
	local seed=$1
	shift
	while [[ -e $LAB_DIR/traffic ]]; do
		"$@" -s $((seed++)) || true
	done
}

# traffic SEED: requests and flows of both families.
traffic() {
	local family range from
	touch "$LAB_DIR/traffic"
	TRAFFIC=()
	for family in 4 6; do
		from=$LAB_SOCKETS4 range=$LAB_RAW4
		[[ $family == 4 ]] || { from=$LAB_SOCKETS6 range=$LAB_RAW6; }
		traffic_loop "$1" lab_on client "$LAB_TOOLS/requests" -d "$(lab_ip "$family")" \
			-f "$from" -n 200 -r 200 >"$LAB_DIR/requests$family" 2>&1 3>&- &
		TRAFFIC+=($!)
		traffic_loop "$1" lab_on client "$LAB_TOOLS/flows" -m "$(lab_cluster_mac multicast)" \
			-d "$(lab_ip "$family")" -p 7001 -f "$range" -n 2000 -r 1000 -w 4000 -t 1000 \
			>"$LAB_DIR/flows$family" 2>&1 3>&- &
		TRAFFIC+=($!)
	done
}

# traffic_end: waits for what is under way.
traffic_end() {
	rm -f "$LAB_DIR/traffic"
	wait "${TRAFFIC[@]}"
	FAILED=$(cat "$LAB_DIR"/requests[46] | awk '$1 == "failed" { sum += $2 } END { print sum + 0 }')
}
