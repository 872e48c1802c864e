/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the network is told once when the cluster IPs are attached: an ARP announcement (RFC 5227)
 * or an unsolicited neighbour advertisement (RFC 4861 section 7.2.6) for each cluster IP, so that
 * neighbours that knew another MAC learn the cluster's; and in mode igmp a Multicast Router
 * Discovery advertisement (RFC 4286) of each family, so that a snooping bridge, which looks up the
 * destination IP and not the MAC, sends the cluster's frames to this port. Switches forget it after
 * about 255 s, and neighbours after some minutes: the daemon repeats it.
 */
#ifndef DATAPLANE_ANNOUNCE_H
#define DATAPLANE_ANNOUNCE_H

#include "core/tables.h"
#include "dataplane/interface.h"

/* Never fails the attach: what cannot be sent is a warning. */
void announce(const struct tables *tables, const struct interface *link);

/*
 * The same again, without a word. The cluster IPs only with `addresses`: one node is enough, but
 * each has to keep its own port of the switch. 0 or -errno.
 */
int announce_again(const struct tables *tables, const struct interface *link, bool addresses);

#endif
