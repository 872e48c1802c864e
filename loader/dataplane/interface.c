// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Interfaces and addresses, read through rtnetlink. Changes nothing. */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/stat.h>

#include "dataplane/interface.h"
#include "dataplane/netlink.h"

/* IFF_LOWER_UP, which <net/if.h> lacks, and <linux/if.h> cannot be beside it. */
#define LOWER_UP (1u << 16)

static int read_link(const struct nlmsghdr *head, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(head);
	struct interface *link = data;
	const struct nlattr *attr;

	memset(link, 0, sizeof(*link));
	link->ifindex = info->ifi_index;
	link->ethernet = info->ifi_type == ARPHRD_ETHER;
	link->up = info->ifi_flags & IFF_UP;
	link->carrier = info->ifi_flags & LOWER_UP;
	mnl_attr_for_each(attr, head, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			strncpy(link->name, mnl_attr_get_str(attr), sizeof(link->name) - 1);
			break;
		case IFLA_ADDRESS:
			if (mnl_attr_get_payload_len(attr) == sizeof(link->mac))
				memcpy(link->mac, mnl_attr_get_payload(attr), sizeof(link->mac));
			break;
		case IFLA_CARRIER_CHANGES:
			if (mnl_attr_get_payload_len(attr) == sizeof(link->carrier_changes))
				link->carrier_changes = mnl_attr_get_u32(attr);
			break;
		default:
			break;
		}
	}
	return MNL_CB_STOP;
}

int interface_read(const char *name, unsigned int ifindex, struct interface *out)
{
	struct netlink_request request;
	struct interface link = {0};
	struct ifinfomsg *info;
	int err;

	info = netlink_start(&request, RTM_GETLINK, 0, sizeof(*info));
	if (name)
		mnl_attr_put_strz(&request.head, IFLA_IFNAME, name);
	else
		info->ifi_index = (int)ifindex;
	err = netlink_get(&request, read_link, &link);
	if (!err)
		*out = link;
	return err;
}

/* One address of the machine. */
struct address {
	unsigned int ifindex;
	struct ip_addr ip;
};

struct address_walk {
	bool (*match)(const struct address *address, void *data); /* true: stop here */
	void *data;
	struct address found;
	bool done;
};

static int each_address(const struct nlmsghdr *head, void *data)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(head);
	struct address_walk *walk = data;
	struct address address = {.ifindex = info->ifa_index};
	const void *bytes = NULL;
	const struct nlattr *attr;
	size_t size;

	if (walk->done || (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return MNL_CB_OK;
	address.ip.family = info->ifa_family == AF_INET ? 4 : 6;
	size = address.ip.family == 4 ? 4 : 16;
	mnl_attr_for_each(attr, head, sizeof(*info)) {
		int type = mnl_attr_get_type(attr);

		/* IFA_ADDRESS is the peer's where there is a local one */
		if (mnl_attr_get_payload_len(attr) < size)
			continue;
		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !bytes))
			bytes = mnl_attr_get_payload(attr);
	}
	if (!bytes)
		return MNL_CB_OK;
	memcpy(address.ip.bytes, bytes, size);
	if (walk->match(&address, walk->data)) {
		walk->found = address;
		walk->done = true;
	}
	return MNL_CB_OK;
}

/* 1 and *out, 0 if no address matches, or -errno. */
static int find_address(bool (*match)(const struct address *, void *), void *data,
			struct address *out)
{
	struct address_walk walk = {.match = match, .data = data};
	struct netlink_request request;
	int err;

	netlink_start(&request, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
	err = netlink_dump(&request, each_address, &walk);
	if (err)
		return err;
	if (walk.done)
		*out = walk.found;
	return walk.done;
}

static bool is_that(const struct address *address, void *data)
{
	const struct address *wanted = data;

	return (!wanted->ifindex || wanted->ifindex == address->ifindex) &&
	       ip_equal(&address->ip, &wanted->ip);
}

int interface_holds(unsigned int ifindex, const struct ip_addr *ip)
{
	struct address wanted = {.ifindex = ifindex, .ip = *ip}, found;

	return find_address(is_that, &wanted, &found);
}

static bool is_elsewhere(const struct address *address, void *data)
{
	const struct address *wanted = data;

	return wanted->ifindex != address->ifindex && ip_equal(&address->ip, &wanted->ip);
}

int interface_elsewhere(unsigned int except, const struct ip_addr *ip, struct interface *where)
{
	struct address wanted = {.ifindex = except, .ip = *ip}, address = {0};
	int found = find_address(is_elsewhere, &wanted, &address);
	int err;

	if (found != 1)
		return found;
	err = interface_read(NULL, address.ifindex, where);
	return err ? err : 1;
}

struct dedicated {
	unsigned int ifindex;
	uint8_t family;
	const struct ip_addr *shared;
	unsigned int count;
};

static bool is_multicast(const struct ip_addr *ip)
{
	return ip->family == 4 ? ip->bytes[0] >> 4 == 14 : ip->bytes[0] == 0xff;
}

static bool is_link_local(const struct ip_addr *ip)
{
	if (ip->family == 4)
		return ip->bytes[0] == 169 && ip->bytes[1] == 254;
	return ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool is_dedicated(const struct address *address, void *data)
{
	const struct dedicated *wanted = data;

	if (address->ifindex != wanted->ifindex || address->ip.family != wanted->family ||
	    is_multicast(&address->ip) || is_link_local(&address->ip))
		return false;
	for (unsigned int i = 0; i < wanted->count; i++)
		if (ip_equal(&address->ip, &wanted->shared[i]))
			return false;
	return true;
}

static int one_address(bool (*match)(const struct address *, void *), void *data,
		       struct ip_addr *out)
{
	struct address address;
	int found = find_address(match, data, &address);

	if (found < 0)
		return found;
	if (!found)
		return -EADDRNOTAVAIL;
	*out = address.ip;
	return 0;
}

int interface_dedicated(unsigned int ifindex, uint8_t family, const struct ip_addr *shared,
			unsigned int count, struct ip_addr *out)
{
	struct dedicated wanted = {ifindex, family, shared, count};

	return one_address(is_dedicated, &wanted, out);
}

static bool is_own_link_local(const struct address *address, void *data)
{
	const unsigned int *ifindex = data;

	return address->ifindex == *ifindex && address->ip.family == 6 &&
	       is_link_local(&address->ip);
}

int interface_link_local(unsigned int ifindex, struct ip_addr *out)
{
	return one_address(is_own_link_local, &ifindex, out);
}

int network_namespace(uint64_t *out)
{
	struct stat info;

	if (stat("/proc/self/ns/net", &info))
		return -errno;
	*out = info.st_ino;
	return 0;
}
