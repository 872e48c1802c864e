#!/usr/bin/env bash
# What `xnlb check` says about each configuration of this folder, in TAP.
#
#   tests/config/run.sh XNLB             NAME.yaml must give NAME.ok on stderr and exit 3, or, where there is
#                                        a NAME.json, that on stdout, exit 0, and itself when read again
#   UPDATE=1 tests/config/run.sh XNLB    writes what it gives to NAME.ok or NAME.json: look at the difference
#
# Files that are better made than stored come from the functions make_NAME below.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
# The tests of permissions run it as somebody else.
install -m 755 "$1" "$work/xnlb"
cp "$here"/*.yaml "$work"
cd "$work" || exit
unset NO_COLOR
./xnlb keygen test.key >keygen.out || exit

number=0 failures=0
result() { # NAME CODE: a line of TAP, and what went wrong as a comment
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number - config: $1"
	else
		failures=$((failures + 1))
		echo "not ok $number - config: $1"
		sed 's/^/# /' problem
	fi
	: >problem
}

# same EXPECTED FOUND: or, with UPDATE, makes them the same
same() {
	[ -z "${UPDATE-}" ] || cp "$2" "$1"
	diff -u "$1" "$2" >>problem
}

refused() { # NAME CODE: the run before gave errors, and nothing else
	[ "$2" -eq 3 ] || { echo "exit $2 instead of 3" >>problem; return 1; }
	[ ! -s out ] || { echo "something on stdout" >>problem; return 1; }
	same "$here/$1.ok" err
}

understood() { # NAME CODE: with a golden or, where that would be too long, without one
	[ "$2" -eq 0 ] || { cat err >>problem; echo "exit $2 instead of 0" >>problem; return 1; }
	[ ! -s err ] || { cat err >>problem; return 1; }
	if [ -e "$here/$1.json" ]; then same "$here/$1.json" out || return; fi
	jq .configuration out >again.yaml
	./xnlb check -j again.yaml >again 2>>problem || return
	jq .configuration again | diff -u again.yaml - >>problem
}

golden() { # NAME [fine]
	local code
	./xnlb check -j "$1.yaml" >out 2>err
	code=$?
	if [ -e "$here/$1.json" ] || [ "${2-}" = fine ]; then
		understood "$1" $code
	else
		refused "$1" $code
	fi
	result "$1" $?
}

head_of() { # a configuration up to its nodes, with these IPs
	printf 'cluster: {name: web, mode: multicast, interface: eth0, key_file: test.key,\n  ips: [%s]}\n' "$1"
}

nodes() { # COUNT
	echo nodes:
	seq "$1" | sed 's/.*/  - {id: &, name: node&}/'
}

rules() { # COUNT KEY
	echo rules:
	seq "$1" | sed "s/.*/  - {name: r&, $2: &}/"
}

many_ips() { # COUNT
	seq -f '10.0.0.%g' -s ', ' "$1"
}

# As large as it may be: it must be read, and the next larger refused.
make_nodes_64() { head_of 10.0.0.1; nodes 64; }
make_nodes_65() { head_of 10.0.0.1; nodes 65; }
make_ips_64() { head_of "$(many_ips 64)"; nodes 1; }
make_ips_65() { head_of "$(many_ips 65)"; nodes 1; }
make_rules_1001() { head_of 10.0.0.1; nodes 1; rules 1001 ports; }
make_errors_300() { head_of 10.0.0.1; nodes 1; rules 300 port; }
make_long_line() {
	printf 'cluster: {name: web, %1000s mode: mutlicast, %1000s ips: [10.0.0.1]}' '' ''
	printf ' # %0100000d\n' 0
}
make_long_word() { printf 'cluster: {name: %0100000d}\n' 0; }
make_block_lines() { echo 'a: |-'; yes '' | head -n 2000000; }
make_escapes_many() { printf 'cluster: {name: "%s"}\n' "$(printf '\\n%.0s' {1..1000})"; }
make_long_key() { printf '%01000d: 1\n' 0; }
make_nul() { printf 'cluster:\n  name: w\0b\n'; }
make_control() { printf 'cluster:\n  name: web # \033[2J\n'; }
make_carriage_return() { printf 'cluster:\r  name: web\n'; }
make_not_utf8() { printf 'cluster:\n  name: w\374b\n'; }
make_utf8_overlong() { printf 'cluster:\n  name: w\300\257b\n'; }
make_utf8_cut() { printf 'cluster: w\342\202'; }
make_utf16() { printf '\377\376c\0l\0'; }
make_bom_crlf() { printf '\357\273\277'; { head_of 10.0.0.1; nodes 2; } | sed 's/$/\r/'; }
make_many_items() { head_of 10.0.0.1; printf 'rules: ['; printf '1,%.0s' {1..310000}; printf ']\n'; }
make_deep() { printf '%0500000d\n' 0 | tr 0 '['; }
make_keys_100000() { seq -f 'k%g: 1' 100000; }
make_large() { yes '# a comment, ten megabytes of them' | head -c 10485760; }
make_just_too_large() { { head_of 10.0.0.1; nodes 1; yes '#'; } | head -c 2097153; }
make_just_fits() { { head_of 10.0.0.1; nodes 1; yes '#'; } | head -c 2097152; }

for file in *.yaml; do
	golden "${file%.yaml}"
done
for name in $(compgen -A function make_); do
	name=${name#make_}
	"make_$name" >"${name//_/-}.yaml" 2>/dev/null
	golden "${name//_/-}"
	rm -f "${name//_/-}.yaml"
done

# As many rules as there may be, in a file without a golden.
{ head_of 10.0.0.1; nodes 64; rules 1000 ports; } >rules-1000.yaml
golden rules-1000 fine
[ "$(jq '[.configuration.rules[].weights | length == 64] | all, length' out | xargs)" = "true 1000" ]
result "rules-1000: all of them" $?

# What is no file that can be read.
mkdir directory.yaml
golden directory
golden missing-file
cp smallest.yaml no-permission.yaml
chmod 000 no-permission.yaml
./xnlb check no-permission.yaml >out 2>err
code=$?
if [ "$(id -u)" -eq 0 ]; then
	setpriv --reuid 65534 --regid 65534 --clear-groups ./xnlb check no-permission.yaml >out 2>err
	code=$?
fi
refused no-permission $code
result no-permission $?

echo "1..$number"
[ $failures -eq 0 ]
