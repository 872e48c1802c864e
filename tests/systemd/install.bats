#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make install and make uninstall, below a folder.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	unset MAKEFLAGS MFLAGS MAKELEVEL
	into=$BATS_TEST_TMPDIR/into
}

# files: "MODE PATH" of all that is there.
files() {
	(cd "$into" && find . -type f -printf '%m %P\n' | sort)
}

@test "install: three files, with the paths that were asked for, for a umask that closes all" {
	local prefix
	umask 077
	for prefix in /usr/local /usr; do
		rm -rf "$into"
		make -s install DESTDIR="$into" PREFIX=$prefix
		[[ $(files) == "644 etc/xnlb/example.yaml
644 ${prefix#/}/lib/systemd/system/xnlb@.service
755 ${prefix#/}/sbin/xnlb" ]] || {
			files
			return 1
		}
		[[ $(stat -c %a "$into/etc/xnlb" "$into$prefix/sbin") == $'755\n755' ]]
		"$into$prefix/sbin/xnlb" check --keys >"$BATS_TEST_TMPDIR/keys"
		[[ $(grep -c "^Exec.*=$prefix/sbin/xnlb .*/etc/xnlb/%i.yaml$" "$into$prefix/lib/systemd/system/xnlb@.service") == 2 ]]
		[[ $(grep -c /sbin/xnlb "$into$prefix/lib/systemd/system/xnlb@.service") == 2 ]]
	done
}

@test "install again: the command is replaced as a whole, a configuration of the same name stays" {
	local old
	make -s install DESTDIR="$into"
	old=$(stat -c %i "$into/usr/local/sbin/xnlb")
	exec 5<"$into/usr/local/sbin/xnlb"
	echo mine >"$into/etc/xnlb/example.yaml"
	make -s install DESTDIR="$into"
	[[ $(<"$into/etc/xnlb/example.yaml") == mine ]]
	# Who runs the old file keeps it, and never a half-written one was there.
	[[ $(stat -L -c %i /proc/self/fd/5) == "$old" && $(stat -c %i "$into/usr/local/sbin/xnlb") != "$old" ]]
	cmp "$into/usr/local/sbin/xnlb" <(cat <&5)
	[[ $(files | wc -l) == 3 ]]
}

@test "uninstall: what was installed is gone, what an operator made is not" {
	make -s install DESTDIR="$into"
	make -s uninstall DESTDIR="$into"
	[[ $(files) == "" && ! -e $into/etc/xnlb ]]
	make -s install DESTDIR="$into"
	echo mine >"$into/etc/xnlb/web.yaml"
	echo mine >"$into/etc/xnlb/example.yaml"
	make -s uninstall DESTDIR="$into"
	[[ $(files) == $'644 etc/xnlb/example.yaml\n644 etc/xnlb/web.yaml' ]]
	make -s uninstall DESTDIR="$into"
}
