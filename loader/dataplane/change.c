// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kinds of changes. Knows no journal and no order. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "core/mac.h"
#include "dataplane/change.h"
#include "dataplane/hook.h"
#include "dataplane/interface.h"
#include "dataplane/neighbour.h"
#include "dataplane/netlink.h"

/* The interface's name for a message. */
static const char *device(const struct xnlb_undo *change, char name[IF_NAMESIZE])
{
	if (!if_indextoname(change->ifindex, name))
		snprintf(name, IF_NAMESIZE, "#%u (gone)", change->ifindex);
	return name;
}

/* ---- sysctl ---- */

static int open_sysctl(const struct xnlb_undo *change, int flags)
{
	char path[sizeof("/proc/sys/") + sizeof(change->path)];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/%s", change->path);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_sysctl(const struct xnlb_undo *change, char value[sizeof(change->before)])
{
	int fd = open_sysctl(change, O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return fd;
	size = file_read(fd, value, sizeof(change->before) - 1);
	close(fd);
	if (size < 0)
		return (int)size;
	value[size] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

static int write_sysctl(const struct xnlb_undo *change, const char *value)
{
	int fd = open_sysctl(change, O_WRONLY);
	int err;

	if (fd < 0)
		return fd;
	err = file_write(fd, value, strlen(value));
	close(fd);
	return err;
}

static int sysctl_prepare(struct xnlb_undo *change)
{
	int err = read_sysctl(change, change->before);

	if (err)
		return err;
	return strcmp(change->before, change->after) ? CHANGE_DONE : CHANGE_ALREADY;
}

static int sysctl_apply(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return write_sysctl(change, change->after);
}

static int sysctl_revert(const struct site *site, const struct xnlb_undo *change)
{
	char value[sizeof(change->before)];
	int err = read_sysctl(change, value);

	(void)site;
	if (err)
		return err == -ENOENT ? CHANGE_DONE : err; /* went with its interface */
	if (!strcmp(value, change->before))
		return CHANGE_DONE;
	if (strcmp(value, change->after) != 0)
		return CHANGE_LEFT;
	return write_sysctl(change, change->before);
}

static int sysctl_holds(const struct site *site, const struct xnlb_undo *change)
{
	char value[sizeof(change->before)];
	int err = read_sysctl(change, value);

	(void)site;
	if (err)
		return err == -ENOENT ? 0 : err;
	return !strcmp(value, change->after);
}

static void sysctl_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	snprintf(text, size, "sysctl %s = %s", change->path, change->after);
}

/* ---- NIC filters ---- */

static int nothing_to_prepare(struct xnlb_undo *change)
{
	(void)change;
	return CHANGE_DONE;
}

static int multicast_ioctl(const struct xnlb_undo *change, unsigned long call)
{
	struct ifreq request = {0};
	int fd, err;

	if (!if_indextoname(change->ifindex, request.ifr_name))
		return -ENODEV;
	request.ifr_hwaddr.sa_family = AF_UNSPEC;
	memcpy(request.ifr_hwaddr.sa_data, change->mac, sizeof(change->mac));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = ioctl(fd, call, &request) ? -errno : 0;
	close(fd);
	return err;
}

static int multicast_apply(const struct site *site, const struct xnlb_undo *change)
{
	int err = multicast_ioctl(change, SIOCADDMULTI);

	(void)site;
	return err == -EEXIST ? CHANGE_ALREADY : err;
}

static int multicast_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = multicast_ioctl(change, SIOCDELMULTI);

	(void)site;
	return err == -ENOENT || err == -ENODEV ? CHANGE_DONE : err;
}

/* /proc/net/dev_mcast: "2    eth0            1     1     03bfc0a80164". The fourth is `global`. */
static int multicast_holds(const struct site *site, const struct xnlb_undo *change)
{
	unsigned int ifindex, users, global, m[6];
	FILE *file = fopen("/proc/net/dev_mcast", "re");
	char line[160];
	int found = 0;

	(void)site;
	if (!file)
		return -errno;
	while (!found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%u %*s %u %u %2x%2x%2x%2x%2x%2x", &ifindex, &users, &global,
			   &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) != 9)
			continue;
		found = ifindex == change->ifindex && global;
		for (int i = 0; i < 6; i++)
			found = found && m[i] == change->mac[i];
	}
	fclose(file);
	return found;
}

static void multicast_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char mac[MAC_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "multicast filter %s on %s", mac_text(change->mac, mac),
		 device(change, name));
}

static void unicast_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char mac[MAC_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "unicast filter %s on %s", mac_text(change->mac, mac),
		 device(change, name));
}

/* IFF_PROMISC is what `ip link set promisc on` sets; the kernel counts other users apart. */
static int promiscuous_flag(unsigned int ifindex, int *on)
{
	struct ifreq request = {0};
	int fd, err;

	if (!if_indextoname(ifindex, request.ifr_name))
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = ioctl(fd, SIOCGIFFLAGS, &request) ? -errno : 0;
	close(fd);
	if (!err)
		*on = !!(request.ifr_flags & IFF_PROMISC);
	return err;
}

static int promiscuous_set(unsigned int ifindex, int on)
{
	struct netlink_request request;
	struct ifinfomsg *info = netlink_start(&request, RTM_NEWLINK, 0, sizeof(*info));

	info->ifi_index = (int)ifindex;
	info->ifi_change = IFF_PROMISC;
	info->ifi_flags = on ? IFF_PROMISC : 0;
	return netlink_do(&request);
}

static int promiscuous_prepare(struct xnlb_undo *change)
{
	int on = 0, err = promiscuous_flag(change->ifindex, &on);

	if (err)
		return err;
	return on ? CHANGE_ALREADY : CHANGE_DONE;
}

static int promiscuous_apply(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return promiscuous_set(change->ifindex, 1);
}

static int promiscuous_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = promiscuous_set(change->ifindex, 0);

	(void)site;
	return err == -ENODEV ? CHANGE_DONE : err;
}

static int promiscuous_holds(const struct site *site, const struct xnlb_undo *change)
{
	int on = 0, err = promiscuous_flag(change->ifindex, &on);

	(void)site;
	if (err)
		return err == -ENODEV ? 0 : err;
	return on;
}

static void promiscuous_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char name[IF_NAMESIZE];

	snprintf(text, size, "promiscuous mode of %s", device(change, name));
}

/* ---- addresses and groups ---- */

static struct ip_addr change_ip(const struct xnlb_undo *change)
{
	struct ip_addr ip = {.family = (uint8_t)change->family};

	memcpy(ip.bytes, change->addr, sizeof(ip.bytes));
	return ip;
}

static int is_group(const struct xnlb_undo *change)
{
	return change->family == 4 && change->addr[0] >> 4 == 14;
}

static int address_prepare(struct xnlb_undo *change)
{
	struct ip_addr ip = change_ip(change);
	int found = interface_holds(change->ifindex, &ip, NULL);

	if (found < 0)
		return found;
	return found ? CHANGE_ALREADY : CHANGE_DONE;
}

static int address_request(const struct xnlb_undo *change, uint16_t type, uint16_t flags)
{
	struct netlink_request request;
	struct ifaddrmsg *info = netlink_start(&request, type, flags, sizeof(*info));
	uint16_t size = change->family == 4 ? 4 : 16;
	uint32_t address_flags = IFA_F_NODAD; /* every node has it: that is the point */

	/* A group address on an interface joins the group for as long as it is there. */
	if (is_group(change))
		address_flags |= IFA_F_MCAUTOJOIN;
	info->ifa_family = change->family == 4 ? AF_INET : AF_INET6;
	info->ifa_prefixlen = (uint8_t)(size * 8);
	info->ifa_index = change->ifindex;
	info->ifa_scope = RT_SCOPE_UNIVERSE;
	mnl_attr_put(&request.head, IFA_LOCAL, size, change->addr);
	mnl_attr_put(&request.head, IFA_ADDRESS, size, change->addr);
	mnl_attr_put_u32(&request.head, IFA_FLAGS, address_flags);
	return netlink_do(&request);
}

static int address_apply(const struct site *site, const struct xnlb_undo *change)
{
	int err = address_request(change, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);

	(void)site;
	return err == -EEXIST ? CHANGE_ALREADY : err;
}

static int address_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = address_request(change, RTM_DELADDR, 0);

	(void)site;
	return err == -EADDRNOTAVAIL || err == -ENODEV ? CHANGE_DONE : err;
}

static int address_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct ip_addr ip = change_ip(change);

	(void)site;
	return interface_holds(change->ifindex, &ip, NULL);
}

static void address_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	struct ip_addr ip = change_ip(change);
	char address[IP_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "%s %s on %s", is_group(change) ? "group" : "address",
		 ip_text(&ip, address), device(change, name));
}

static void proxy_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	struct ip_addr ip = change_ip(change);
	char address[IP_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "proxy neighbour %s on %s, which joins its group",
		 ip_text(&ip, address), device(change, name));
}

/* ---- hooks ---- */

static void clsact_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char name[IF_NAMESIZE];

	snprintf(text, size, "clsact qdisc on %s", device(change, name));
}

static void hook_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	static const char *const programs[XNLB_UNDO_KINDS] = {
		[XNLB_UNDO_XDP] = "XDP program",
		[XNLB_UNDO_TC_INGRESS] = "tc ingress program",
		[XNLB_UNDO_TC_EGRESS] = "tc egress program",
	};
	char name[IF_NAMESIZE];

	snprintf(text, size, "%s on %s", programs[change->kind], device(change, name));
}

#define HOOK                                                                           \
	{                                                                              \
		nothing_to_prepare, hook_apply, hook_revert, hook_holds, hook_describe \
	}

const struct change_kind change_kinds[XNLB_UNDO_KINDS] = {
	[XNLB_UNDO_SYSCTL] = {sysctl_prepare, sysctl_apply, sysctl_revert, sysctl_holds,
			      sysctl_describe},
	[XNLB_UNDO_CLSACT] = {nothing_to_prepare, clsact_apply, clsact_revert, clsact_holds,
			      clsact_describe},
	[XNLB_UNDO_TC_EGRESS] = HOOK,
	[XNLB_UNDO_TC_INGRESS] = HOOK,
	[XNLB_UNDO_MULTICAST] = {nothing_to_prepare, multicast_apply, multicast_revert,
				 multicast_holds, multicast_describe},
	[XNLB_UNDO_UNICAST] = {nothing_to_prepare, unicast_apply, unicast_revert, unicast_holds,
			       unicast_describe},
	[XNLB_UNDO_PROMISCUOUS] = {promiscuous_prepare, promiscuous_apply, promiscuous_revert,
				   promiscuous_holds, promiscuous_describe},
	[XNLB_UNDO_ADDRESS] = {address_prepare, address_apply, address_revert, address_holds,
			       address_describe},
	[XNLB_UNDO_PROXY] = {proxy_prepare, proxy_apply, proxy_revert, proxy_holds, proxy_describe},
	[XNLB_UNDO_XDP] = HOOK,
};

int change_same(const struct xnlb_undo *a, const struct xnlb_undo *b)
{
	return a->kind == b->kind && a->ifindex == b->ifindex && a->family == b->family &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr)) &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac)) && !strcmp(a->path, b->path);
}

const char *change_text(const struct xnlb_undo *change, char text[CHANGE_TEXT_SIZE])
{
	change_kinds[change->kind].describe(change, text, CHANGE_TEXT_SIZE);
	return text;
}
