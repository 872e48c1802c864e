// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What nodes must have alike to hear each other, and how long they wait for each other, cannot
 * change while some have the former and some the next.
 */
#include "daemon/reload.h"

#include <endian.h>
#include <string.h>

#include "base/say.h"
#include "core/digest.h"

static bool same_times(const struct cluster *a, const struct cluster *b)
{
	return a->heartbeat.interval_us == b->heartbeat.interval_us &&
	       a->heartbeat.tolerance == b->heartbeat.tolerance &&
	       a->heartbeat.port == b->heartbeat.port;
}

/* Heartbeats go to the first of each family. */
static const struct ip_addr *first_ip(const struct cluster *cluster, uint8_t family)
{
	for (unsigned int i = 0; i < cluster->ips; i++)
		if (cluster->ip[i].family == family)
			return &cluster->ip[i];
	return NULL;
}

static bool same_first(const struct cluster *a, const struct cluster *b, uint8_t family)
{
	const struct ip_addr *of_a = first_ip(a, family), *of_b = first_ip(b, family);

	return of_a && of_b ? ip_equal(of_a, of_b) : of_a == of_b;
}

static bool same_seed(const struct tables *a, const struct tables *b)
{
	return !memcmp(&a->setup.hash, &b->setup.hash, sizeof(a->setup.hash)) &&
	       a->setup.cluster == b->setup.cluster;
}

static const char *what_forbids(const struct deployment *now, const struct deployment *next)
{
	const struct cluster *a = now->cluster, *b = next->cluster;
	int nodes = __builtin_popcountll(cluster_nodes(a) ^ cluster_nodes(b));

	if (strcmp(a->name, b->name) != 0)
		return "the cluster's name";
	if (now->tables->setup.node != next->tables->setup.node)
		return "this node's id";
	/* One of the same name may have come in its place. */
	if (strcmp(now->link.name, next->link.name) != 0)
		return "this node's interface";
	if (a->mode != b->mode)
		return "the mode";
	if (memcmp(now->tables->cluster.cluster_mac, next->tables->cluster.cluster_mac, 6) != 0 ||
	    !same_first(a, b, 4) || !same_first(a, b, 6))
		return "the first cluster IP of a family";
	if (!same_times(a, b))
		return "a setting of heartbeat";
	if (!same_seed(now->tables, next->tables))
		return "the seed";
	if (a->quorum != b->quorum)
		return "quorum";
	if (a->quorum == XNLB_QUORUM_MAJORITY && nodes > 1)
		return "more than one node, and there is a quorum";
	return NULL;
}

enum reload reload_compare(const struct deployment *now, const struct deployment *next)
{
	const char *what = what_forbids(now, next);

	if (now->cluster->attach != next->cluster->attach) {
		say_error("the configuration that was read again changes attach: for that this "
			  "node's daemon has to be stopped, and detached; the former configuration "
			  "stays");
		return RELOAD_REFUSED;
	}
	if (what) {
		say_error("the configuration that was read again changes %s: for that the daemons "
			  "of all nodes have to be stopped, and then started; the former "
			  "configuration stays",
			  what);
		return RELOAD_REFUSED;
	}
	if (now->tables->cluster.digest != next->tables->cluster.digest)
		return RELOAD_CLUSTER;
	return memcmp(&now->tables->setup.auth, &next->tables->setup.auth,
		      sizeof(now->tables->setup.auth)) != 0 ||
			       memcmp(now->link.mac, next->link.mac, sizeof(now->link.mac)) != 0 ||
			       now->link.ifindex != next->link.ifindex
		       ? RELOAD_HERE
		       : RELOAD_SAME;
}

int deployment_configuration(const struct deployment *site, struct beat_configuration *out)
{
	const struct xnlb_setup *setup = &site->tables->setup;
	uint64_t cluster = be64toh((XNLB_RAW uint64_t)setup->cluster);

	out->digest = digest_cluster(site->cluster, cluster, out->part);
	out->nodes = cluster_nodes(site->cluster);
	out->key = setup->auth[0].id;
	return sender_open(&out->sender, site->tables, &site->link, site->cluster->heartbeat.port);
}

void deployment_release(const struct daemon_setup *setup, struct deployment *deployment)
{
	if (!deployment->cluster)
		return;
	setup->release(setup->data, deployment);
	tables_free(deployment->tables);
	*deployment = (struct deployment){.cluster = NULL};
}

void deployments_add(struct deployments *deployments, const struct deployment *next)
{
	deployment_release(deployments->setup, &deployments->next[1]);
	deployments->next[1] = deployments->next[0];
	deployments->next[0] = *next;
}

bool deployments_turn(struct deployments *deployments, uint64_t digest)
{
	struct deployment *next = deployments->next;
	int which = 0;

	while (which < 2 && !(next[which].cluster && next[which].tables->cluster.digest == digest))
		which++;
	if (which == 2)
		return false;
	deployment_release(deployments->setup, &deployments->now);
	deployments->now = next[which];
	next[which] = (struct deployment){.cluster = NULL};
	deployment_release(deployments->setup, &next[1]); /* older than what is gone by */
	return true;
}

void deployments_release(struct deployments *deployments)
{
	deployment_release(deployments->setup, &deployments->now);
	for (int i = 0; i < 2; i++)
		deployment_release(deployments->setup, &deployments->next[i]);
}
