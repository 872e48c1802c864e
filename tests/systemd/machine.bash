# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A lab (tests/netns/lab.sh) whose nodes have systemd as process 1, as real ones do: each over an overlay of this
# system's files and in a control group of its own, with no units but those that a boot needs.

# shellcheck source=tests/netns/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../netns/lab.sh"

# Of the units that come with systemd. Others would start what this system has for itself.
SYSTEMD_UNITS="basic.target local-fs.target local-fs-pre.target multi-user.target network.target
	network-online.target network-pre.target paths.target shutdown.target slices.target sockets.target
	swap.target sysinit.target timers.target umount.target systemd-journald.service
	systemd-journald.socket systemd-journald-dev-log.socket"

# The control groups of this system, in $groups. Where they are not mounted, in a mount namespace of the caller's own.
# shellcheck disable=SC2016,SC2089 # a script
SYSTEMD_GROUPS='groups=$(awk "\$3 == \"cgroup2\" { print \$2; exit }" /proc/mounts)
if [[ -z $groups ]]; then
	groups=$LAB_DIR/groups
	mkdir -p "$groups"
	mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 "$groups"
fi'

# What a machine does first, in place of LAB_INIT: a control group. $0 is its name, $1 the FIFO to report to.
# shellcheck disable=SC2016
SYSTEMD_INIT='set -e
mount --make-rprivate / 2>/dev/null || :
mount -t proc proc /proc
eval "$SYSTEMD_GROUPS"
mkdir "$groups/$SYSTEMD_GROUP-$0"
echo 1 >"$groups/$SYSTEMD_GROUP-$0/cgroup.procs"
exec unshare --cgroup bash -c "$SYSTEMD_ROOT" "$0" "$1"'

# Then its root: what is written there goes with it, and what is the whole system's is read-only.
# shellcheck disable=SC2016,SC2089 # a script
SYSTEMD_ROOT='set -e
layers=$LAB_DIR/$0.layers root=$LAB_DIR/$0.layers/root fifo=$1
mkdir "$layers"
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" overlay "$root"
for folder in "$LAB_ROOT" "$LAB_DIR" "$(dirname "$XNLB")" "$LAB_TOOLS"; do
	mkdir -p "$root$folder"
	mount --bind "$folder" "$root$folder"
done
mount -t proc proc "$root/proc"
for folder in kernel fs vm; do
	mount --bind "$root/proc/sys/$folder" "$root/proc/sys/$folder"
	mount -o remount,bind,ro "$root/proc/sys/$folder"
done
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t bpf -o mode=700 bpf "$root/sys/fs/bpf"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
	mknod -m 666 "$root/dev/${device% *}" c 1 "${device#* }"
done
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/shm" "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/etc/systemd"
rm -rf "$root/etc/xnlb" "$root/var/log/journal"
units=$root/run/units
mkdir -p "$root/etc/systemd/system" "$units/sysinit.target.wants"
for unit in $SYSTEMD_UNITS; do
	ln -s "/lib/systemd/system/$unit" "$units/$unit"
done
ln -s multi-user.target "$units/default.target"
ln -s ../systemd-journald.service "$units/sysinit.target.wants/"
hostname "$0"
echo "$0" >"$root/etc/hostname"
tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
for scope in all default; do
	echo 0 >/proc/sys/net/ipv6/conf/$scope/accept_dad
	echo 0 >/proc/sys/net/ipv6/conf/$scope/accept_ra
	echo 0 >/proc/sys/net/ipv6/conf/$scope/router_solicitations
done
ip link set lo up
cd "$root"
echo ready >"$fifo"
exec env -i container=lab PATH="$PATH" \
	SYSTEMD_UNIT_PATH=/etc/systemd/system:/usr/local/lib/systemd/system:/run/units \
	chroot . /lib/systemd/systemd --log-target=journal --show-status=false'
# shellcheck disable=SC2090
export SYSTEMD_UNITS SYSTEMD_GROUPS SYSTEMD_ROOT LAB_ROOT

# A node's first process is process 1 itself, not who waits for it outside, for it has another root.
eval "plain_$(declare -f lab_machine)"
lab_machine() {
	local outer inner
	if [[ $1 != node* ]]; then
		plain_lab_machine "$1"
		return
	fi
	LAB_INIT=$SYSTEMD_INIT plain_lab_machine "$1"
	outer=$(<"$LAB_DIR/$1.pid")
	inner=$(ps -o pid= --ppid "$outer")
	echo "${inner// /}" >"$LAB_DIR/$1.pid"
	: >"$LAB_DIR/systemd.${inner// /}"
	lab_until 10 lab_on "$1" systemctl is-system-running --quiet 2>/dev/null || {
		echo "lab: systemd of $1 does not come up" >&2
		cat "$LAB_DIR/$1.log" >&2
		return 1
	}
}

# What asks about processes must be among theirs.
eval "plain_$(declare -f lab_enter)"
lab_enter() {
	if [[ -e $LAB_DIR/systemd.$1 ]]; then
		LAB_ENTER=(nsenter --target "$1" --all --root --wdns="$PWD")
	else
		plain_lab_enter "$1"
	fi
}

# systemd_up: the whole lab. For setup_file, after LAB_DIR is set.
systemd_up() {
	export SYSTEMD_GROUP=xnlb-lab-$BASHPID-$RANDOM
	lab_up 0
}

groups_gone() {
	# shellcheck disable=SC2016
	unshare --mount bash -c "$SYSTEMD_GROUPS"'
		for group in "$groups/$SYSTEMD_GROUP"-*; do
			[[ -d $group ]] || continue
			echo 1 >"$group/cgroup.kill"
			find "$group" -depth -type d -exec rmdir {} + || exit
		done' 2>/dev/null
}

# systemd_down: removes it, also a half-made one, and one whose LAB_DIR is gone. Groups can be removed when the last
# process has ended.
systemd_down() {
	lab_down
	lab_until 10 groups_gone
}
