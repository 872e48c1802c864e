#!/usr/bin/env bash
# Does what the README promises hold on a machine where nothing was installed by hand? Makes a minimal
# Debian 12 in a temporary folder (debootstrap), unpacks HEAD there and runs a command in it as root.
#
#   tests/meta/bare-system.sh [COMMAND]      default: scripts/check
#
# Packages come from where this machine gets its own. Mounts and processes live in namespaces of their
# own and end with them, also on failure; nothing outside the temporary folder is written.
set -euo pipefail
command=${1:-scripts/check}
suite=bookworm

if [ "${BARE_STAGE-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] || { echo "bare-system: needs root" >&2; exit 1; }
	command -v debootstrap >/dev/null || { echo "bare-system: needs the package debootstrap" >&2; exit 1; }
	cd "$(dirname "$0")/../.."
	base=$(mktemp -d)
	trap 'rm -rf --one-file-system "$base"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$base/tree"
	git archive HEAD | tar -x -C "$base/tree"
	BARE_STAGE=inside BARE_BASE=$base unshare --mount --propagation private --pid --fork --kill-child \
		"$BASH" "$base/tree/tests/meta/bare-system.sh" "$command"
	exit
fi

# Inside the namespaces. $1 of the format is what is asked about a source of Debian's own packages.
bare=$BARE_BASE/system
targets() {
	apt-get indextargets --format "$1" 'Identifier: Packages' 'Origin: Debian' 2>/dev/null | sort -u
}

mirror=$(targets '$(CODENAME) $(REPO_URI)' | awk -v suite=$suite '$1 == suite { print $2; exit }')
debootstrap --variant=minbase $suite "$bare" ${mirror:+"$mirror"} >"$BARE_BASE/log" 2>&1 ||
	{ tail -n 20 "$BARE_BASE/log" >&2; exit 1; }
targets 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' | grep " $suite" >"$BARE_BASE/sources" &&
	cp "$BARE_BASE/sources" "$bare/etc/apt/sources.list"
apt-config dump | grep -E '^Acquire::(https?|Check-[A-Za-z-]+|Retries)[: ]' >"$bare/etc/apt/apt.conf.d/90machine" || :
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
	[ ! -e $file ] || install -D -m 644 "$(realpath $file)" "$bare$file"
done

# Not even a mount point, as in a plain chroot: the lab has to cope with it.
mv "$BARE_BASE/tree" "$bare/root/xnlb"
mount -t proc proc "$bare/proc"
mount -t sysfs sysfs "$bare/sys"
mount -t bpf bpf "$bare/sys/fs/bpf"
mount --rbind /dev "$bare/dev"
mount -t tmpfs -o mode=755 tmpfs "$bare/run"
mount -t tmpfs -o mode=1777 tmpfs "$bare/dev/shm" 2>/dev/null || :

in_bare() {
	env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CI=true \
		${http_proxy+http_proxy="$http_proxy"} ${https_proxy+https_proxy="$https_proxy"} \
		chroot "$bare" /bin/sh -c "cd /root/xnlb && $1" </dev/null
}

fail() {
	echo "bare-system: $*" >&2
	exit 1
}

code=0
in_bare "$command" || code=$?

# What the installation must leave behind: nothing to do, no service to start, no trace.
again=$(in_bare 'scripts/install-packages build') || fail "a second installation fails"
[ -z "$again" ] || fail "a second installation had something to do: $again"
[ ! -e "$bare/usr/sbin/policy-rc.d" ] || fail "policy-rc.d was left"
! ls "$bare"/etc/rc?.d/S*nginx "$bare"/etc/systemd/system/*/nginx.service 2>/dev/null || fail "nginx would start"
world=$(find "$bare" -xdev -perm -0002 ! -type l ! -path "$bare/tmp" ! -path "$bare/var/tmp" ! -path "$bare/run/lock") || :
[ -z "$world" ] || fail "writable by all: $world"
exit $code
