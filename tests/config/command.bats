#!/usr/bin/env bats
# The frame of the command, and the verbs that need no machine: keygen, check, ip2mac, explain -c.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset NO_COLOR
	install -m 755 "$XNLB" xnlb
	zeros=$(printf '%064d' 0) ones=$(printf '%064d' 1) twos=$(printf '%064d' 2)
}

# expect CODE COMMAND...: its exit code; sets $out and $err
expect() {
	local code=$1 got=0
	shift
	"$@" >out 2>err || got=$?
	out=$(<out) err=$(<err)
	[ "$got" -eq "$code" ] || { echo "exit $got instead of $code: $*"; cat out err; return 1; }
}

@test "frame: no verb is wrong usage, and says what there is" {
	expect 2 ./xnlb
	[ -z "$out" ]
	[[ $err == "Usage: xnlb VERB"* && $err == *"check "* ]]
}

@test "frame: help and --help are the same, on stdout" {
	expect 0 ./xnlb help
	[ -z "$err" ]
	local help=$out
	expect 0 ./xnlb --help
	[ "$out" = "$help" ]
	expect 0 ./xnlb -h
	[ "$out" = "$help" ]
}

@test "frame: --version" {
	expect 0 ./xnlb --version
	[[ $out =~ ^xnlb\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "frame: every verb that help lists has help of its own, -h alike" {
	expect 0 ./xnlb help
	local verb verbs
	verbs=$(sed -nE 's/^  ([a-z0-9]+) .*/\1/p' <<<"$out")
	[ "$(wc -w <<<"$verbs")" -ge 3 ]
	for verb in $verbs; do
		expect 0 ./xnlb "$verb" --help
		local help=$out
		[[ $help == "Usage: xnlb $verb "* && -z $err ]]
		expect 0 ./xnlb help "$verb"
		[ "$out" = "$help" ]
		expect 0 ./xnlb "$verb" -h
		[ "$out" = "$help" ]
		expect 2 ./xnlb "$verb" --no-such-option
		[[ $err == "xnlb $verb: unrecognized option '--no-such-option'"* && -z $out ]]
	done
}

@test "frame: an unknown verb, near to a known one and not" {
	expect 2 ./xnlb chekc file
	[ "$err" = 'xnlb: unknown verb "chekc": did you mean "check"?' ]
	expect 2 ./xnlb zebra
	[ "$err" = "xnlb: unknown verb \"zebra\": \`xnlb help' lists them" ]
	expect 2 ./xnlb help zebra
}

@test "frame: too few and too many operands" {
	expect 2 ./xnlb check
	[[ $err == "xnlb check: FILE is missing"* ]]
	expect 2 ./xnlb check a b
	[[ $err == 'xnlb check: one operand too many: "b"'* ]]
}

@test "frame: a full disk is no success" {
	run ./xnlb help
	[ "$status" -eq 0 ]
	expect 1 bash -c './xnlb help >/dev/full'
	[[ $err == "xnlb: cannot write the output"* ]]
}

@test "frame: messages have a level where stderr is the journal, and nowhere else" {
	: >taken
	: >err
	JOURNAL_STREAM=$(stat -c %d:%i err) expect 1 ./xnlb keygen taken
	[[ $err == "<3>xnlb: "* ]]
	JOURNAL_STREAM=$(stat -c %d:%i taken) expect 1 ./xnlb keygen taken
	[[ $err == "xnlb: "* ]]
	expect 1 ./xnlb keygen taken
	[[ $err == "xnlb: "* ]]
}

@test "check: colour on a terminal, none in a file or with NO_COLOR" {
	echo 'cluster:' >bad.yaml
	expect 3 ./xnlb check bad.yaml
	[[ $err != *$'\033'* ]]
	script -qec './xnlb check bad.yaml' /dev/null >typescript || true
	grep -q $'\033' typescript
	NO_COLOR=1 script -qec './xnlb check bad.yaml' /dev/null >typescript || true
	grep -q 'error:' typescript
	run grep $'\033' typescript
	[ "$status" -eq 1 ]
}

@test "check: reads a pipe, and a key file beside the configuration" {
	mkdir folder
	cp "$BATS_TEST_DIRNAME/smallest.yaml" folder
	./xnlb keygen folder/test.key
	expect 0 ./xnlb check folder/smallest.yaml
	[[ $out == 'folder/smallest.yaml: cluster "web":'* ]]
	sed "s|test.key|$PWD/folder/test.key|" folder/smallest.yaml >absolute.yaml
	expect 0 bash -c 'cat absolute.yaml | ./xnlb check /dev/stdin'
	[[ $out == '/dev/stdin: cluster "web":'* ]]
}

@test "check: --keys has all keys, as text and as JSON" {
	expect 0 ./xnlb check --keys
	local text
	text=$(awk 'NR > 1 { print $1 }' <<<"$out")
	grep -qx 'rules\[\].ports' <<<"$text"
	expect 0 ./xnlb check --keys -j
	[ "$(jq -r '.keys[].key' <<<"$out")" = "$text" ]
	[ "$(jq '.schema_version' <<<"$out")" = 1 ]
}

@test "keygen: a new file for its owner alone, never the same, never over another" {
	umask 0
	expect 0 ./xnlb keygen a.key
	[ "$(stat -c %a a.key)" = 600 ]
	[ "$(grep -cE '^(seed|key 1) [0-9a-f]{64}$' a.key)" = 2 ]
	cp a.key before
	expect 1 ./xnlb keygen a.key
	[[ $err == "xnlb: a.key exists already"* ]]
	cmp a.key before
	expect 0 ./xnlb keygen -j b.key
	[ "$(jq -r .file <<<"$out")" = b.key ]
	[ "$(grep -hoE '[0-9a-f]{64}' a.key b.key | sort -u | wc -l)" = 4 ]
	expect 1 ./xnlb keygen no/such/folder.key
	[[ $err == "xnlb: cannot create no/such/folder.key: No such file or directory" ]]
}

@test "keygen: nothing stays behind on a full disk" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	mkdir full
	# fills up on the first write: the name fits, the text does not
	# (a plain chroot has no propagation to change: there the mount is taken away by hand)
	unshare -m --propagation unchanged bash -c '
		mount --make-rprivate / 2>/dev/null
		mount -t tmpfs -o size=4k,mode=755 none full
		head -c 4096 /dev/zero >full/filler
		./xnlb keygen full/a.key >out 2>err; echo $? >code
		ls full >list
		umount full'
	[ "$(<code)" = 1 ]
	[[ $(<err) == "xnlb: cannot write full/a.key: No space left on device" ]]
	[ "$(<list)" = filler ]
}

# key TEXT...: a key file of these lines, and a configuration that names it
key() {
	cp "$BATS_TEST_DIRNAME/smallest.yaml" .
	rm -rf test.key
	install -m 600 /dev/null test.key
	printf '%s\n' "$@" >test.key
}

# refused TEXT: check says this of the key file, and prints no secret
refused() {
	expect 3 ./xnlb check smallest.yaml
	[ "$err" = "$1" ] || { echo "$err"; return 1; }
	[[ $err != *"$ones"* && $err != *"$twos"* ]]
}

@test "key file: comments, blanks, carriage returns, four keys" {
	key '# a comment' '' "  seed	$ones" "key 1 $ones" "key 255 $twos" $'key 7  '"$ones"$'\r' "key 8 $ones"
	expect 0 ./xnlb check smallest.yaml
}

@test "key file: everything that is wrong is reported, without the line" {
	key "sed $ones" "seed ${ones}0" "seed $ones" "key 0 $ones" "key 256 $ones" "key x $ones" "key 1 $ones 2" "key 1 ${twos/2/g}" \
		"key 2 $zeros" "key 3 $ones" "key 3 $ones" "key 4 $ones" "key 5 $ones" "key"
	refused "test.key:1: error: a line is \"seed HEX\", \"key NUMBER HEX\" or a # comment
test.key:2: error: 64 hexadecimal digits are expected here
test.key:3: error: a second seed: a cluster has one
test.key:4: error: a key has a number from 1 to 255: \"key 1 HEX\"
test.key:5: error: a key has a number from 1 to 255: \"key 1 HEX\"
test.key:6: error: a key has a number from 1 to 255: \"key 1 HEX\"
test.key:7: error: something follows the 64 digits
test.key:8: error: a second key of this number
test.key:9: error: this secret is all zeros
test.key:11: error: a second key of this number
test.key:13: error: more than four keys
test.key:14: error: a key has a number from 1 to 255: \"key 1 HEX\""
}

@test "key file: no seed, no key, empty, too long" {
	key "key 1 $ones"
	refused "test.key: error: it has no seed: \`xnlb keygen' makes a whole file"
	key "seed $ones"
	refused "test.key: error: it has no key: \`xnlb keygen' makes a whole file"
	: >test.key
	refused "test.key: error: it has no seed: \`xnlb keygen' makes a whole file"
	head -c 20000 /dev/zero | tr '\0' '#' >test.key
	refused "test.key: error: too long for a key file"
	head -c 100 /dev/zero >test.key
	refused "test.key:1: error: a line is \"seed HEX\", \"key NUMBER HEX\" or a # comment"
}

@test "key file: others can read it, a folder, a pipe, somebody else's" {
	key "seed $ones" "key 1 $ones"
	chmod 640 test.key
	refused "test.key: error: others can reach it (mode 0640): \`chmod 600' it"
	rm test.key
	mkdir test.key
	refused "test.key: error: a key file is a regular file"
	rmdir test.key
	mkfifo -m 600 test.key
	refused "test.key: error: a key file is a regular file"
	rm test.key
	[ "$(id -u)" -eq 0 ] || skip "needs root to give a file away"
	key "seed $ones" "key 1 $ones"
	chown 1234 test.key
	refused "test.key: error: it belongs to user 1234, not to you or root"
	chown 0 test.key
	chmod 755 .
	run setpriv --reuid 65534 --regid 65534 --clear-groups ./xnlb check smallest.yaml
	[ "$status" -eq 3 ]
	[ "$output" = "test.key: error: Permission denied" ]
}

@test "key file: a missing one is an error of the configuration, with the next step" {
	cp "$BATS_TEST_DIRNAME/smallest.yaml" .
	expect 3 ./xnlb check smallest.yaml
	[[ $err == "smallest.yaml:6:13: error: key_file: there is no test.key: make it with \`xnlb keygen test.key'"* ]]
}

# explained WORD WORD WORD BAD: the flow is refused for its word BAD; empty: it is understood.
explained() {
	expect $(($# == 4 ? 2 : 0)) ./xnlb explain -c web.yaml --node node1 "${@:1:3}"
	[[ $# == 3 || ($err == "xnlb"*": \"$4\" is not understood"* && -z $out) ]] || {
		echo "$* said: $err"
		return 1
	}
}

@test "explain: how flows are written" {
	local four=192.0.2.7 six=2001:db8::7 ip4=192.168.1.100 ip6=fd00::100 bad
	cp "$BATS_TEST_DIRNAME/../../examples/four-nodes.yaml" web.yaml
	./xnlb keygen web.key
	explained tcp $four:1 $ip4:65535
	explained UDP $four:0 $ip4:0
	explained udp "[$six]:5000" "[$ip6]:53"
	explained 17 "[$four]:1" "[$ip4]:1"
	explained icmp $four $ip4
	explained icmpv6 $six "[$ip6]"
	explained 47 $four $ip4
	for bad in '' tpc 256 +6 0x6 6x ' 6'; do
		explained "$bad" $four:1 $ip4:80 "$bad"
	done
	for bad in '' $four $four: :1 $four:65536 $four:-1 $four:+1 "$four: 1" $four:1x 192.0.2:1 \
		192.0.2.256:1 $four:1:1 "[$six]" "[$six]:" "[$six]1" "[$six:1" "$six]:1" $six $six:1 \
		"[$six%lo]:1" "[]:1" "[$six]:65536" "$(printf '%0100d' 1):1"; do
		explained tcp "$bad" $ip4:80 "$bad"
		explained tcp $four:1 "$bad" "$bad"
	done
	for bad in $four:1 "[$six]:1" "[$six" "$six%lo"; do
		explained icmp "$bad" $ip4 "$bad"
	done
}

@test "ip2mac: all modes, IPv4 and IPv6" {
	expect 0 ./xnlb ip2mac 192.168.1.100
	[ "$out" = "cluster IP 192.168.1.100
unicast    02:bf:c0:a8:01:64
multicast  03:bf:c0:a8:01:64
igmp       01:00:5e:7f:01:64  group 239.255.1.100" ]
	expect 0 ./xnlb ip2mac -j FD00:0::12:3456
	[ "$(jq -c . <<<"$out")" = '{"schema_version":1,"ip":"fd00::12:3456","unicast":"02:bf:00:12:34:56","multicast":"03:bf:00:12:34:56","igmp":"01:00:5e:7f:34:56","igmp_group":"239.255.52.86"}' ]
}

@test "ip2mac: of a configuration: the first IPv4 address, the mode marked" {
	expect 0 ./xnlb ip2mac -c "$BATS_TEST_DIRNAME/full.yaml"
	[ "$out" = "cluster IP 192.168.1.100
unicast    02:bf:c0:a8:01:64
multicast  03:bf:c0:a8:01:64
igmp       01:00:5e:7f:01:64  group 239.255.1.100  <- configured" ]
	expect 0 ./xnlb ip2mac -j -c "$BATS_TEST_DIRNAME/ipv6-only.yaml"
	[ "$(jq -r '.ip, .mode, .multicast' <<<"$out" | xargs)" = "fd00::100 multicast 03:bf:00:00:01:00" ]
	expect 3 ./xnlb ip2mac -c "$BATS_TEST_DIRNAME/empty.yaml"
}

@test "ip2mac: either an IP or a configuration" {
	expect 2 ./xnlb ip2mac
	expect 2 ./xnlb ip2mac -c "$BATS_TEST_DIRNAME/full.yaml" 192.168.1.1
	expect 2 ./xnlb ip2mac 192.168.1
	[[ $err == 'xnlb ip2mac: "192.168.1" is not an IP address'* ]]
}

# web_of NODE...: web.yaml and its key, with these nodes.
web_of() {
	local id=0 name
	{
		echo 'cluster: {name: web, mode: unicast, ips: [192.168.1.100], interface: eth0, key_file: web.key}'
		echo nodes:
		for name; do
			echo "  - {id: $((id += 1)), name: $name}"
		done
		echo rules:
		echo '  - {name: web, ports: 80, protocol: tcp}'
		echo '  - {name: off, ports: 81, protocol: tcp, mode: disabled}'
	} >web.yaml
	(umask 077 && printf 'seed %064d\nkey 1 %064d\n' 1 2 >web.key)
}

@test "explain: on a machine that is no node it says what the owner does" {
	web_of a b
	expect 0 ./xnlb explain -c web.yaml tcp 192.0.2.1:1 192.168.1.100:80
	[ "$out" = "tcp 192.0.2.1:1 -> 192.168.1.100:80
  rule    web: all, tcp ports 80, multiple, affinity single
  bucket  252 of 4096
  owner   b (id 2)" ]
	expect 0 ./xnlb explain -c web.yaml tcp 192.0.2.1:1 192.168.1.100:81
	[[ $out == *"  owner   no node takes it (disabled: "* && $out != *here* ]]
	expect 0 ./xnlb explain -j -c web.yaml tcp 192.0.2.1:1 192.168.1.100:80
	[ "$(jq -c '[.node, .verdict, .reason, .owner.name]' <<<"$out")" = '[null,"accept","own-bucket","b"]' ]
	expect 0 ./xnlb explain -j -c web.yaml tcp 192.0.2.1:1 192.168.1.100:81
	[ "$(jq -c '[.node, .verdict, .reason, .owner]' <<<"$out")" = '[null,"drop","disabled",null]' ]
	expect 0 ./xnlb explain -c web.yaml - <<<'tcp 192.0.2.1:1 192.168.1.100:80'
	[ "$out" = 'tcp 192.0.2.1:1 192.168.1.100:80 b own-bucket' ]
}

@test "explain: by --node and by host name it says what this node does" {
	web_of a "$(hostname -s)"
	expect 0 ./xnlb explain -c web.yaml --node a tcp 192.0.2.1:1 192.168.1.100:80
	[[ $out == *"  here    a: drop (other-bucket: "* ]]
	expect 0 ./xnlb explain -c web.yaml tcp 192.0.2.1:1 192.168.1.100:80
	[[ $out == *"  here    $(hostname -s): accept (own-bucket: "* ]]
	expect 3 ./xnlb explain -c web.yaml --node c tcp 192.0.2.1:1 192.168.1.100:80
	[ -z "$out" ]
}

@test "attach: a file without -c" {
	expect 2 ./xnlb attach web.yaml
	[[ $err == 'xnlb attach: "web.yaml": did you mean -c web.yaml?'* ]]
	expect 2 ./xnlb attach -c web.yaml other.yaml
	[[ $err == 'xnlb attach: one operand too many: "other.yaml"'* ]]
}

@test "examples: each is a configuration without an error" {
	local file
	for file in "$BATS_TEST_DIRNAME"/../../examples/*.yaml; do
		cp "$file" .
		file=$(basename "$file")
		[ -e web.key ] || ./xnlb keygen web.key
		expect 0 ./xnlb check "$file"
	done
}

@test "verbs that ask a daemon: their operands are read before one is looked for" {
	local row words
	for row in 'weight|PERCENT is missing' 'weight 101|"weight": 101 is not a whole number of percent from 0 to 100' \
		'weight half|"weight": "half" is not a whole' 'weight 050|"weight": "050" is not a whole' \
		'drain|RULE is missing' 'disable a/b|"rule": "a/b" is neither' 'enable a b|one operand too many: "b"' \
		'drain web --timeout 30|"timeout": "30" has no unit: us, ms, s, m or h' \
		'drainstop --timeout 0s|"timeout": "0s" is not from 1ms to 49 days' \
		'drainstop --timeout soon|"timeout": "soon" is not a duration' 'stop --timeout 3s|unrecognized option' \
		'weight 5 --no-wait|unrecognized option' 'suspend now|one operand too many: "now"'; do
		read -ra words <<<"${row%%|*}"
		expect 2 ./xnlb "${words[@]}"
		[[ $err == "xnlb ${words[0]}: ${row#*|}"* ]] || { echo "$row: $err"; return 1; }
	done
}
