#!/bin/sh
# lab.sh COMMAND...: the links of the data plane's benchmark, all gone when it ends, and COMMAND among them.
#
# Runs in a network namespace of its own, that of the sender, and leaves it open as descriptor 3:
#   discard    throws away what is sent to it: the sender's own time
#   wire       leads to `nic`
# COMMAND runs in a second one, that of the node: the cluster IP, `nic`, and a pair of its own for live frames.
set -eu
exec 3</proc/self/ns/net
# No frame that the benchmark did not send.
quiet='echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
eval "$quiet"
ip link add discard type ifb
ip link set discard up
# shellcheck disable=SC2016 # "$@" is the inner shell's
exec unshare --net sh -euc "$quiet"'
	ip link set lo up
	ip address add 192.168.1.100/32 dev lo
	ip link add nic type veth peer name wire netns /proc/self/fd/3
	ip link set nic up
	nsenter --net=/proc/self/fd/3 ip link set wire up
	ip link add live type veth peer name live-peer
	ip link set live up
	ip link set live-peer up
	exec "$@"' lab.sh "$@"
