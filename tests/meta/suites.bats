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
	export CI=true
	sum 0 tap
	[[ $output = *"ok 1 - shown"* ]]
	[ "${lines[-1]}" = "1 passed, 0 failed" ]
}
