#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Prints everything on this machine that attach and detach could change, in a form that can be
# compared. With few processes: it runs hundreds of times.
set -euo pipefail

addresses() {
	ip -d -batch - <<-END
		link show
		addr show
		neigh show proxy
		neigh show nud permanent
		route show table all
		rule show
	END
	ip -6 route show table all
}

# The kernel makes the route of an IPv6 address after the call that made the address, and not at once on a busy
# machine.
complete() {
	awk '
	/^[0-9]+: / { up = /[<,]UP[,>]/ && /LOWER_UP/ }
	$1 == "inet6" && up && !/tentative|dadfailed/ { sub("/.*", "", $2); address[$2] }
	$1 == "local" { route[$2] }
	END { for (one in address) if (!(one in route)) exit 1 }'
}

for _ in {1..40}; do
	text=$(addresses)
	! complete <<<"$text" || break
	sleep 0.05
done
echo "$text"
# The order of these is that in which they were made, last or otherwise.
ip -o maddr show | sort
bridge fdb show | sort
{
	echo qdisc show
	for device in /sys/class/net/*; do
		echo "filter show dev ${device##*/} ingress"
		echo "filter show dev ${device##*/} egress"
	done
} | tc -batch -
# stable_secret cannot be read before it is set, so grep is not content.
{ grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf || true; } | sort
# The number of a pin's inode stays with what is pinned, whatever it is renamed to.
find /sys/fs/bpf -printf '%p %i\n' | sort
for link in /sys/fs/bpf/xnlb/*/{xdp,tc_ingress,tc_egress}; do
	[[ ! -e $link ]] || bpftool link show pinned "$link"
done
