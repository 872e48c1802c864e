// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "dataplane/state.h"
#include "dataplane/warnings.h"

#define TRY_LOOKS 60

struct health {
	const char *instance;
	struct tables tables;	  /* what is attached: map `cluster` and `ips` of it */
	struct state now, before; /* no more than their warnings, and the link */
	unsigned int looks, next; /* since another interface is there; when to try it */
	bool looked;
};

int health_open(const char *instance, struct health **out)
{
	struct health *health = calloc(1, sizeof(*health));

	if (!health) {
		say_error("out of memory");
		return -ENOMEM;
	}
	health->instance = instance;
	*out = health;
	return 0;
}

void health_close(struct health *health)
{
	free(health);
}

static bool has(const struct state *state, const char *warning)
{
	for (unsigned int i = 0; i < state->warnings; i++)
		if (!strcmp(state->warning[i], warning))
			return true;
	return false;
}

static void tell(const struct health *health)
{
	const struct state *now = &health->now, *before = &health->before;

	for (unsigned int i = 0; i < now->warnings; i++)
		if (!has(before, now->warning[i]))
			say_warning("%s", now->warning[i]);
	for (unsigned int i = 0; i < before->warnings; i++)
		if (!has(now, before->warning[i]))
			say_note("no longer: %s", before->warning[i]);
}

static int look(struct health *health, const struct instance *instance)
{
	struct xnlb_cluster *cluster = &health->tables.cluster;
	int err = state_cluster(instance, cluster);

	if (!err)
		err = state_ips(instance, cluster, health->tables.ip);
	if (err)
		return err;
	health->now.tables = &health->tables;
	health->now.leased = true; /* that is told elsewhere */
	return warnings_collect(instance, &health->now);
}

/* Did the link go and come back between two looks, so that the kernel has forgotten something? */
static bool blinked(const struct health *health)
{
	return health->looked && health->now.warnings &&
	       health->now.carrier_changes != health->before.carrier_changes;
}

/* Whoever tries it says what is in its way; so each time twice as many looks pass, up to half a
 * minute's. */
static bool another(struct health *health)
{
	if (!health->now.another) {
		health->looks = 0;
		health->next = 1;
		return false;
	}
	if (++health->looks < health->next)
		return false;
	health->next += health->next < TRY_LOOKS ? health->next : TRY_LOOKS;
	return true;
}

struct health_report health_look(struct health *health)
{
	struct health_report report;
	struct instance instance;
	int err;

	instance_claimed(health->instance, &instance);
	health->before = health->now;
	memset(&health->now, 0, sizeof(health->now));
	err = look(health, &instance);
	if (err)
		health->now = health->before;
	tell(health);
	report = (struct health_report){
		.fit = !health->now.broken,
		.returned = !health->now.down && (health->before.down || blinked(health)),
		.another = another(health),
	};
	health->looked = true;
	return report;
}

bool health_is_good(const struct health *health)
{
	return !health->now.warnings;
}
