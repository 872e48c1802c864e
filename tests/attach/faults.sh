#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Makes every system call of a command fail in turn, or kills the command there, and looks at what
# is left. Runs on the node (lab_on), with $XNLB and $LAB_DIR.
#
#   faults.sh error|kill first|replace|detach [SYSCALL=ERROR...]
#   faults.sh twice first|replace SYSCALL...
#
# twice: the command is on its way back from a failure of those system calls when another one fails:
# each one on the way back from the last such failure, and one on the way back from some others.
#
#   first    attach where nothing is attached
#   replace  attach another configuration where one is attached
#   detach   detach it
#
# SHARE=0/2 in the environment: every second point, SHARE=1/2: the others. A share may have none.
#
# Prints a line for each point that is not as it should be, and the sum last; 1 if there was one.
set -uo pipefail
here=$(dirname "$0")
how=$1 scenario=$2
: "${SHARE:=0/1}"
shift 2
cd "$LAB_DIR" || exit 1

# A call, and the error that a machine would most likely give there.
calls=(bpf=ENOMEM socket=EMFILE bind=ENOMEM getsockname=ENOBUFS sendto=ENOBUFS sendmsg=ENOBUFS
	recvmsg=ENOMEM recvfrom=ENOMEM ioctl=ENOMEM openat=EMFILE read=EIO write=ENOSPC mkdirat=ENOSPC
	rmdir=EBUSY rename=ENOMEM renameat2=ENOMEM unlink=EPERM unlinkat=EPERM flock=ENOLCK
	fstatfs=EIO fcntl=EMFILE dup3=EMFILE getdents64=EIO newfstatat=ENOMEM faccessat2=EACCES
	access=EACCES uname=EFAULT capget=EFAULT mmap=ENOMEM setsockopt=ENOPROTOOPT)
declare -A error_of
for entry in "${calls[@]}"; do
	error_of[${entry%=*}]=${entry#*=}
done
# To be killed before these is to be killed after all others: nothing else changes the machine.
changing=(bpf sendto sendmsg ioctl write mkdirat rmdir rename renameat2 unlink unlinkat)
[[ $how == error ]] || calls=("${changing[@]}")
[[ $# == 0 ]] || calls=("$@")

points=0 bad=0 seen=0
# Is the next point one of this share?
mine() { ((seen++ % ${SHARE#*/} == ${SHARE%/*})); }

# The kernel tells of a call in its own words; each test in ours.
complain() {
	bad=$((bad + 1))
	echo "$scenario, $point: $*"
	sed 's/^/    /' said
}

# $OPTIONS go to every attach; empty: none.
read -ra options <<<"${OPTIONS-}"
attach=("$XNLB" attach --node node1 "${options[@]}" -c)
snapshot() { "$here/snapshot.sh" >"$1"; }
same() { snapshot now && diff "$1" now >difference; }

case $scenario in
first) command=("${attach[@]}" web.yaml) ;;
replace) command=("${attach[@]}" other.yaml) ;;
detach) command=("$XNLB" detach) ;;
esac

# The state that the command starts from, and its snapshot `before`.
begin() {
	[[ $scenario == first ]] || "${attach[@]}" web.yaml >said 2>&1 || complain "cannot begin"
	snapshot before
}

# record FILE COMMAND...: the calls that it makes, of those in `calls`, with its output where it goes later too.
record() {
	local names=("${calls[@]%=*}")
	strace -f --seccomp-bpf -qq -o "$1" -e "trace=$(IFS=,; echo "${names[*]}")" "${@:2}" >said 2>&1
}

# count CALL FILE: how often it is in the record.
count() { grep -c "^[0-9]* *$1(" "$2"; }

# Everything taken back by one detach: the machine as before the first attach. (Where a command was
# killed before it made a folder, or after it removed it, nothing is attached.)
end() {
	if [[ -e /sys/fs/bpf/xnlb ]] && ! "$XNLB" detach >said 2>&1 &&
		! grep -qx 'xnlb: nothing is attached on this machine' said; then
		complain "a detach after it fails"
		"$XNLB" detach >/dev/null 2>&1
	fi
	same nothing || {
		complain "not as before everything:"
		cat difference
	}
}

# It made no such call this time, and did what it does.
again() {
	end
	begin
}

errors() { grep -vE '^xnlb: (warning|note): ' said | grep -c '^xnlb: \|: error: '; }

# Attaching once more ends well, and status finds nothing wrong.
mends() { "${command[@]}" >said 2>&1 && "$XNLB" status >shown 2>&1; }

# The command failed: one line, and all as before.
failed() {
	[[ $(errors) == 1 ]] || complain "exit $1, and not one line of error"
	if [[ $scenario == detach ]]; then
		end
		begin
	elif ! same before; then
		complain "exit $1, and not as before:"
		cat difference
		end
		begin
	fi
}

# The failure was tolerable: all is done, or a warning says what is not, and doing it again mends.
done_all_the_same() {
	[[ $(errors) == 0 ]] || complain "exit 0, and an error"
	if [[ $scenario != detach ]]; then
		"$XNLB" status >shown 2>&1
		case $?$(grep -c warning said || true) in
		00) ;;
		5[1-9] | 0[1-9]) mends || complain "attach again does not mend it" ;;
		*) complain "exit 0, no warning, but:" && cat shown ;;
		esac
	fi
	end
	begin
}

# points CALL FIRST: those of its calls in the record `run` to try, by number, from FIRST on. Of a file
# that is read in a row of equal pieces (the kernel's types, 1,300 of them) the first and the last.
points() {
	awk -v call="$1" -v first="$2" '
		!match($0, "^[0-9]* *" call "\\(") { next }
		{
			piece[++n] = $NF
			if (call == "read") piece[n] = substr($0, RLENGTH + 1, index($0, ",") - RLENGTH) " " $NF
			else piece[n] = n
		}
		END {
			for (i = first; i <= n; i++)
				if (piece[i] != piece[i - 1] || piece[i] != piece[i + 1]) print i
		}' run
}

# inject WHAT CALL N: runs the command; WHAT happens in its N-th CALL. 2: there was none.
inject() {
	# The filter is faster, but strace 6.1 injects no signal at its stops.
	local filter=(--seccomp-bpf)
	[[ $1 != signal=* ]] || filter=()
	# In a shell of its own, which does not announce that it was killed.
	code=$(
		strace -f "${filter[@]}" -qq -o calls -e "trace=$2" -e "inject=$2:$1:when=$3" "${command[@]}" >said 2>&1
		echo $?
	)
	[[ $1 == signal=* ]] || grep -q INJECTED calls || return 2
}

fail_at() {
	point="$1 number $3: $2"
	inject "error=$2" "$1" "$3" || { again; return; }
	points=$((points + 1))
	if ((code)); then failed "$code"; else done_all_the_same; fi
}

# Killed: status says so or sees nothing wrong, but it answers in a sentence; then, in turn, the
# next attach or the next detach cleans up.
kill_at() {
	local answer
	point="$1 number $2: killed"
	inject signal=KILL "$1" "$2"
	((code == 137)) || { again; return; }
	points=$((points + 1))
	timeout 10 "$XNLB" status >said 2>&1
	answer=$?
	case $answer in
	0 | 5) ;;
	1) [[ $(errors) == 1 ]] || complain "status says nothing of use" ;;
	*) complain "status: exit $answer" ;;
	esac
	if ((points % 2)); then
		"${attach[@]}" web.yaml >said 2>&1 || complain "the next attach fails"
		"$XNLB" status >said 2>&1 || complain "the next attach does not mend it"
		end
	elif [[ $scenario != detach || -e /sys/fs/bpf/xnlb ]]; then
		end
	fi
	begin
}

# way_back CALL N: what may change the machine after its N-th CALL failed, as lines "CALL NUMBER".
# (An empty folder that stays is no harm, and nobody speaks of it.)
way_back() {
	local all="${changing[*]/rmdir/unlink}"
	strace -f --seccomp-bpf -qq -o calls -e "trace=${all// /,}" -e "inject=$1:error=${error_of[$1]}:when=$2" \
		"${command[@]}" >said 2>&1
	awk 'match($0, /[a-z0-9_]+\(/) {
			name = substr($0, RSTART, RLENGTH - 1)
			number[name]++
			if (back) print name, number[name]
		}
		/INJECTED/ { back = 1 }' calls
}

# twice_at CALL N CALL2 N2: as before, or the messages say what is left, and detach removes it, in
# turn after another attach.
twice_at() {
	local faults=(-e "inject=$1:error=${error_of[$1]}:when=$2"
		-e "inject=$3:error=${error_of[$3]}:when=$4")
	[[ $1 != "$3" ]] || faults=(-e "inject=$1:error=${error_of[$1]}:when=$2..$4+$(($4 - $2))")
	point="$1 number $2, then $3 number $4"
	strace -f --seccomp-bpf -qq -o calls -e "trace=$1,$3" "${faults[@]}" "${command[@]}" >said 2>&1
	code=$?
	[[ $(grep -c INJECTED calls) == 2 ]] || complain "$(grep -c INJECTED calls) faults, not two"
	points=$((points + 1))
	((code)) || complain "exit 0"
	same before && return
	grep -qE 'cannot (take back|restore|remove)' said || {
		complain "not as before, and it does not say so:"
		cat difference
	}
	((points % 2)) || mends || complain "attach again does not mend it"
	end
	begin
}

twice() {
	local call last n back step
	for call; do
		first=$(($(count "$call" start) + 1))
		last=$(count "$call" run)
		for ((n = first; n <= last; n++)); do
			mapfile -t back < <(way_back "$call" "$n")
			same before || { end; begin; }
			((n == last)) || back=("${back[n * 5 % ${#back[@]}]}")
			for step in "${back[@]}"; do
				mine || continue
				# shellcheck disable=SC2086 # two words
				twice_at "$call" "$n" $step
			done
		done
	done
}

point=beginning
: >said
snapshot nothing
begin
# What the dynamic linker does before main is not ours.
record start "$XNLB" --version
record run "${command[@]}"
end
begin
if [[ $how == twice ]]; then
	twice "$@"
	calls=()
fi
for entry in "${calls[@]}"; do
	call=${entry%=*}
	mapfile -t numbers < <(points "$call" $(($(count "$call" start) + 1)))
	for n in "${numbers[@]}"; do
		mine || continue
		if [[ $how == kill ]]; then kill_at "$call" "$n"; else fail_at "$call" "${entry#*=}" "$n"; fi
	done
done
point=end
[[ $scenario == first ]] || "$XNLB" detach >said 2>&1
same nothing || { complain "not as before everything:" && cat difference; }
echo "$how, $scenario: $points points, $bad complaints"
((bad == 0 && seen > 0)) && ((points > 0 || seen < ${SHARE#*/}))
