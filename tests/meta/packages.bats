#!/usr/bin/env bats
# scripts/install-packages: what it takes for missing, and what it does where it cannot install.
# (That it installs is shown by tests/meta/bare-system.sh.)

setup() {
	folder=$BATS_TEST_TMPDIR/scripts
	mkdir "$folder"
	cp "$BATS_TEST_DIRNAME/../../scripts/install-packages" "$folder"
	chmod -R a+rX "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	cd / || return
}

@test "nothing missing: silent, whatever the probe" {
	cat >"$folder/packages" <<-END
		# comment
		build a cmd:sh shell
		build b hdr:stdio.h header
		test  c file:/etc/pass* pattern
	END
	run "${as[@]}" "$folder/install-packages"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "missing and no root: the list by purpose, exit 1" {
	cat >"$folder/packages" <<-END
		build present cmd:sh shell
		build planted-b hdr:planted/planted.h the planted header
		lint  planted-c cmd:planted-command the planted command
		test  planted-d file:/planted/* the planted file
	END
	run "${as[@]}" "$folder/install-packages"
	[ "$status" -eq 1 ]
	[[ $output = *"build  planted-b "*"the planted header"* ]]
	[[ $output = *planted-c*planted-d* && $output != *present* ]]
}

@test "only the groups that are asked for" {
	cat >"$folder/packages" <<-END
		build planted-b cmd:planted-b b
		lint  planted-c cmd:planted-c c
	END
	run "${as[@]}" "$folder/install-packages" lint
	[ "$status" -eq 1 ]
	[[ $output = *planted-c* && $output != *planted-b* ]]
}

@test "an unknown group is an error that lists the groups" {
	cat >"$folder/packages" <<-END
		# comment
		build a cmd:sh shell
		lint  b cmd:sh shell
		build c cmd:sh shell
	END
	run "${as[@]}" "$folder/install-packages" lint buidl
	[ "$status" -eq 1 ]
	[[ $output = "install-packages: unknown group 'buidl': there are build lint"* ]]
}

@test "a probe of no known kind is an error, not a package" {
	echo 'build a planted:sh b' >"$folder/packages"
	run "${as[@]}" "$folder/install-packages"
	[ "$status" -eq 1 ]
	[[ $output = *"unknown probe 'planted:sh'"* ]]
}
