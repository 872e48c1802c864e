// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The NIC's filters: which MAC addresses it lets in besides its own. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mac.h"
#include "dataplane/change_kinds.h"
#include "dataplane/netlink.h"

/* An ioctl about the change's interface, whose name is filled in. */
static int interface_ioctl(const struct xnlb_undo *change, unsigned long call,
			   struct ifreq *request)
{
	int fd, err = change_device(change, request->ifr_name);

	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = ioctl(fd, call, request) ? -errno : 0;
	close(fd);
	return err;
}

/* ---- multicast: `ip maddr add MAC dev DEV` ---- */

static int multicast_ioctl(const struct xnlb_undo *change, unsigned long call)
{
	struct ifreq request = {0};

	request.ifr_hwaddr.sa_family = AF_UNSPEC;
	memcpy(request.ifr_hwaddr.sa_data, change->mac, sizeof(change->mac));
	return interface_ioctl(change, call, &request);
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
	if (ferror(file))
		found = -EIO;
	fclose(file);
	return found;
}

static void multicast_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char mac[MAC_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "multicast filter %s on %s", mac_text(change->mac, mac),
		 change_device_text(change, name));
}

const struct change_kind change_multicast = {NULL, multicast_apply, multicast_revert,
					     multicast_holds, multicast_describe};

/* ---- unicast: `bridge fdb add MAC dev DEV self permanent` ---- */

static int unicast_request(const struct xnlb_undo *change, uint16_t type, uint16_t flags)
{
	struct netlink_request request;
	struct ndmsg *neighbour = netlink_start(&request, type, flags, sizeof(*neighbour));

	neighbour->ndm_family = AF_BRIDGE;
	neighbour->ndm_ifindex = (int)change->ifindex;
	neighbour->ndm_flags = NTF_SELF;
	neighbour->ndm_state = NUD_PERMANENT;
	mnl_attr_put(&request.head, NDA_LLADDR, sizeof(change->mac), change->mac);
	return netlink_do(&request);
}

static int unicast_apply(const struct site *site, const struct xnlb_undo *change)
{
	int err = unicast_request(change, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL);

	(void)site;
	return err == -EEXIST ? CHANGE_ALREADY : err;
}

static int unicast_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = unicast_request(change, RTM_DELNEIGH, 0);

	(void)site;
	/* EOPNOTSUPP: what cannot have been added */
	return err == -ENOENT || err == -ENODEV || err == -EOPNOTSUPP ? CHANGE_DONE : err;
}

struct fdb_search {
	const struct xnlb_undo *change;
	int found;
};

static int find_fdb(const struct nlmsghdr *head, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(head);
	struct fdb_search *search = data;
	const struct nlattr *attr;

	if (neighbour->ndm_ifindex != (int)search->change->ifindex ||
	    !(neighbour->ndm_flags & NTF_SELF))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, head, sizeof(*neighbour))
		if (mnl_attr_get_type(attr) == NDA_LLADDR && mnl_attr_get_payload_len(attr) == 6 &&
		    !memcmp(mnl_attr_get_payload(attr), search->change->mac, 6))
			search->found = 1;
	return MNL_CB_OK;
}

static int unicast_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct fdb_search search = {.change = change};
	struct netlink_request request;
	struct ifinfomsg *info;
	int err;

	(void)site;
	info = netlink_start(&request, RTM_GETNEIGH, 0, sizeof(*info));
	info->ifi_family = AF_BRIDGE;
	err = netlink_dump(&request, find_fdb, &search);
	return err ? err : search.found;
}

static void unicast_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char mac[MAC_TEXT_SIZE], name[IF_NAMESIZE];

	snprintf(text, size, "unicast filter %s on %s", mac_text(change->mac, mac),
		 change_device_text(change, name));
}

const struct change_kind change_unicast = {NULL, unicast_apply, unicast_revert, unicast_holds,
					   unicast_describe};

/* ---- promiscuous: `ip link set promisc on` ---- */

static int promiscuous_set(const struct xnlb_undo *change, bool on)
{
	struct netlink_request request;
	struct ifinfomsg *info = netlink_start(&request, RTM_NEWLINK, 0, sizeof(*info));

	info->ifi_index = (int)change->ifindex;
	info->ifi_change = IFF_PROMISC;
	info->ifi_flags = on ? IFF_PROMISC : 0;
	return netlink_do(&request);
}

static int promiscuous_apply(const struct site *site, const struct xnlb_undo *change)
{
	(void)site;
	return promiscuous_set(change, true);
}

static int promiscuous_revert(const struct site *site, const struct xnlb_undo *change)
{
	int err = promiscuous_set(change, false);

	(void)site;
	return err == -ENODEV ? CHANGE_DONE : err;
}

/* IFF_PROMISC is what `ip link set` shows and sets; the kernel counts other users apart. */
static int promiscuous_holds(const struct site *site, const struct xnlb_undo *change)
{
	struct ifreq request = {0};
	int err = interface_ioctl(change, SIOCGIFFLAGS, &request);

	(void)site;
	if (err)
		return err == -ENODEV ? 0 : err;
	return !!(request.ifr_flags & IFF_PROMISC);
}

static void promiscuous_describe(const struct xnlb_undo *change, char *text, size_t size)
{
	char name[IF_NAMESIZE];

	snprintf(text, size, "promiscuous mode of %s", change_device_text(change, name));
}

const struct change_kind change_promiscuous = {NULL, promiscuous_apply, promiscuous_revert,
					       promiscuous_holds, promiscuous_describe};
