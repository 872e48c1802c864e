#!/usr/bin/env bats
# scripts/run-suites: what it adds up and when it fails.

setup() {
	suites=$(realpath "$BATS_TEST_DIRNAME/../../scripts/run-suites")
	cd "$BATS_TEST_TMPDIR" || return
	unset CI MAKEFLAGS MFLAGS MAKELEVEL
}

# suite NAME CODE LINE...: a target that prints the lines and exits.
suite() {
	printf '%s\n' "${@:3}" >"$1.text"
	printf '%s:\n\t@cat %s.text; exit %s\n' "$1" "$1" "$2" >>Makefile
}

# sum CODE NAME...: runs the suites and expects the exit code.
sum() {
	run "$suites" log "${@:2}"
	[ "$status" -eq "$1" ] || { echo "exit $status: $output"; return 1; }
}

@test "TAP, Criterion and plain suites are added up" {
	suite tap 0 '1..3' 'ok 1 - a' 'ok 2 - b # skip no kernel' 'ok 3 - c'
	suite criterion 0 '[====] Synthesis: Tested: 7 | Passing: 7 | Failing: 0 | Crashing: 0 ' \
		'[====] Synthesis: Tested: 5 | Passing: 5 | Failing: 0 | Crashing: 0 '
	suite plain 0 'all well'
	sum 0 tap criterion plain
	[ "${lines[-1]}" = "15 passed, 0 failed, 1 skipped" ]
	[ "$(cat log/sum)" = "${lines[-1]}" ]
}

@test "a failure is counted, shown, and does not stop the next suite" {
	suite tap 1 '1..2' 'ok 1 - a' 'not ok 2 - planted'
	suite criterion 1 $'\033[1m[====]\033[0m Synthesis: Tested: \033[1m3\033[0m | Passing: 1 | Failing: 2 | Crashing: 1 '
	suite plain 1 'planted too'
	suite last 0 'ok 1 - last'
	sum 1 tap criterion plain last
	[ "${lines[-1]}" = "3 passed, 4 failed" ]
	[[ $output = *"not ok 2 - planted"* && $output = *"planted too"* ]]
}

@test "a failure that no test reported is one, and so is a target that does not exist" {
	suite tap 1 '1..2' 'ok 1 - a' 'ok 2 - b'
	sum 1 tap absent
	[ "${lines[-1]}" = "2 passed, 2 failed" ]
}

@test "a failure in the text fails in spite of exit code 0" {
	suite tap 0 '1..1' 'not ok 1 - planted'
	sum 1 tap
	[ "${lines[-1]}" = "0 passed, 1 failed" ]
}

@test "with CI set everything is shown, the sum last" {
	suite tap 0 '1..1' 'ok 1 - shown'
	CI=true sum 0 tap
	[[ $output = *"ok 1 - shown"* ]]
	[ "${lines[-1]}" = "1 passed, 0 failed" ]
}

# meet NAME OTHER: a suite that waits for the other one, which it must run beside.
meet() {
	printf '%s:\n\t@touch %s.here; timeout 10 sh -c "until [ -e %s.here ]; do sleep 0.01; done"\n' "$1" "$1" "$2" >>Makefile
	printf '\t@echo ok 1 - %s; echo ok 2 - %s\n' "$1" "$1" >>Makefile
}

@test "rows run side by side, after what stands before them, and each log stays in one piece" {
	suite first 0 'ok 1 - first'
	meet left right
	meet right left
	suite last 1 'not ok 1 - last'
	CI=true sum 1 first -- left -- right last
	[ "${lines[-1]}" = "5 passed, 1 failed" ]
	[ "${lines[0]}" = "== first begins" ]
	[[ $output = *$'== left\nok 1 - left\nok 2 - left\n== left '* ]]
	[[ $output = *$'== right\nok 1 - right\nok 2 - right\n== right '* ]]
}

@test "interrupted, it leaves nothing running" {
	printf 'stays stays2:\n\t@echo $$PPID >$@.pid; exec sleep 60\n' >Makefile
	"$suites" log -- stays -- stays2 3>&- &
	timeout 10 bash -c 'until [ -s stays.pid ] && [ -s stays2.pid ]; do sleep 0.01; done'
	kill -TERM $!
	wait $! || true
	timeout 10 bash -c 'while kill -0 $(cat stays.pid stays2.pid); do sleep 0.01; done' 2>/dev/null
}
