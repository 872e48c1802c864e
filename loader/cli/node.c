// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A node of the configuration on this machine: checked against it, and attached. */
#include <endian.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "cli/node.h"
#include "core/digest.h"
#include "core/words.h"
#include "dataplane/instance.h"

/* The value of an option's word: ATTACH_AUTO if it was not given. 0, or -EINVAL. */
static int choice(const struct word *words, const char *word, int *out)
{
	*out = ATTACH_AUTO;
	return word ? word_value(words, word, out) : 0;
}

/* The interface of this node, as the machine has it. */
static int find_interface(const struct config *config, const struct node *node,
			  struct interface *link)
{
	const char *name = node->interface[0] ? node->interface : config->cluster.interface;
	struct interface loopback;
	int err;

	err = interface_read(name, 0, link);
	if (err == -ENODEV)
		say_error("there is no interface %s on this machine: `ip link' lists those that "
			  "there are",
			  name);
	else if (err)
		say_error("cannot look at interface %s: %s", name, strerror(-err));
	if (err)
		return err;
	if (!link->ethernet) {
		say_error("interface %s is not an Ethernet interface: choose the one that the "
			  "other nodes are on",
			  name);
		return -EINVAL;
	}
	err = interface_read(NULL, LOOPBACK_IFINDEX, &loopback);
	if (err)
		say_error("cannot look at lo: %s", strerror(-err));
	else if (!loopback.up)
		say_error("lo is down, and the cluster IPs belong there: ip link set lo up");
	return err ? err : loopback.up ? 0 : -ENETDOWN;
}

/* What is wrong with the configuration on this machine: told at the place in the file. */
struct errors {
	const struct config *config;
	unsigned int count;
	unsigned int missing; /* what the machine may get later, as an address by DHCP */
};

static void tell_conflict(unsigned int ip, const char *problem, void *data)
{
	struct errors *errors = data;

	config_error(errors->config, errors->config->ip_mark[ip], "%s", problem);
	errors->count++;
}

/* A cluster IP that is somebody's own. 0 or -errno: the machine cannot be asked. */
static int check_own(struct errors *errors, unsigned int index)
{
	const struct ip_addr *ip = &errors->config->cluster.ip[index];
	char text[IP_TEXT_SIZE];
	struct interface holder;
	int found = interface_elsewhere(LOOPBACK_IFINDEX, ip, &holder);

	if (found <= 0)
		return found;
	config_error(errors->config, errors->config->ip_mark[index],
		     "cluster IP %s is this node's own address on %s: remove it there (attach "
		     "puts it on lo)",
		     ip_text(ip, text), holder.name);
	errors->count++;
	return 0;
}

static int check_dedicated(struct errors *errors, unsigned int index, const struct interface *link)
{
	const struct cluster *cluster = &errors->config->cluster;
	uint8_t family = cluster->ip[index].family;
	struct ip_addr found;
	int err;

	err = interface_dedicated(link->ifindex, family, cluster->ip, cluster->ips, &found);
	if (err != -EADDRNOTAVAIL)
		return err;
	config_error(errors->config, errors->config->ip_mark[index],
		     "%s has no dedicated IPv%u address: without one the kernel would speak as "
		     "the cluster IP",
		     link->name, family);
	errors->missing++;
	return 0;
}

/* Cluster IPs against the machine's addresses. 0 or -errno (reported). */
static int check_addresses(struct errors *errors, const struct interface *link)
{
	const struct cluster *cluster = &errors->config->cluster;
	bool seen[7] = {false};
	int err = 0;

	for (unsigned int i = 0; !err && i < cluster->ips; i++) {
		uint8_t family = cluster->ip[i].family;

		err = check_own(errors, i);
		if (!err && !seen[family])
			err = check_dedicated(errors, i, link);
		seen[family] = true;
	}
	if (err)
		say_error("cannot look at this machine's addresses: %s", strerror(-err));
	return err;
}

static int build_tables(const struct config *config, const struct node *node, struct errors *errors,
			struct tables **out)
{
	struct secrets secrets = {0};
	uint32_t part[XNLB_PARTS];
	int err;

	if (config_secrets(config, &secrets))
		errors->count++;
	err = tables_build(&config->cluster, cluster_nodes(&config->cluster), &secrets.hash, out);
	if (!err) {
		memcpy((*out)->setup.auth, secrets.auth, sizeof(secrets.auth));
		(*out)->setup.cluster = secrets.cluster;
	}
	sodium_memzero(&secrets, sizeof(secrets));
	if (err) {
		say_error("cannot build the tables: %s", strerror(-err));
		return err;
	}
	(*out)->cluster.digest = digest_cluster(
		&config->cluster, be64toh((XNLB_RAW uint64_t)(*out)->setup.cluster), part);
	(*out)->setup.node = node->id;
	(*out)->cluster.node = node->id;
	return 0;
}

/* What cannot be printed is attached all the same: a warning, where other verbs fail. */
static void print_done(const struct tables *tables, const char *instance,
		       const struct attach_result *result)
{
	const struct xnlb_cluster *cluster = &tables->cluster;
	bool other = strcmp(instance, cluster->name) != 0;

	if (dprintf(STDOUT_FILENO, "%s (id %u) %s %s: %s, XDP %s%s, tc %s%s%s\n",
		    tables->node[cluster->node].name, cluster->node,
		    result->same       ? "goes on with what is attached to"
		    : result->replaced ? "replaced what was attached to"
				       : "attached to",
		    cluster->interface, word_of(mode_words, cluster->mode),
		    word_of(xdp_words, cluster->xdp_hook),
		    cluster->attach == XNLB_ATTACH_DISPATCHER ? " under libxdp's dispatcher" : "",
		    word_of(tc_words, cluster->tc_hook), other ? ", instance " : "",
		    other ? instance : "") < 0)
		say_warning("it is attached, but this cannot be printed: %m");
}

/* Until the daemon has a lease nothing new is accepted, and connections stay wherever they are. */
static void await_daemon(struct tables *tables)
{
	tables->live.lease_ns = 0;
	for (__u32 plan = 0; plan < tables->cluster.plans; plan++)
		for (int bucket = 0; bucket < XNLB_BUCKETS; bucket++)
			tables->plan[plan].owner[bucket] |= XNLB_OWNER_MOVING;
}

enum cli_exit node_begin(const struct cli_args *args, const struct verb *verb,
			 struct attach_options *options, struct config **config)
{
	if (!args->config)
		return cli_misuse(verb, "-c FILE is missing");
	if (choice(xdp_words, args->xdp, &options->xdp))
		return cli_misuse(verb, "--xdp \"%s\": native or generic", args->xdp);
	if (choice(tc_words, args->tc, &options->tc))
		return cli_misuse(verb, "--tc \"%s\": tcx or clsact", args->tc);
	if (instance_check_machine())
		return CLI_FAILURE;
	return config_read(args->config, config) ? CLI_CONFIG : CLI_DONE;
}

enum cli_exit node_prepare(const struct config *config, const char *name, const char *instance,
			   bool daemon, struct place *out)
{
	struct errors errors = {.config = config};
	const struct conflict_sink sink = {tell_conflict, &errors};
	const struct node *node = config_self(config, name);
	int err;

	if (!node)
		return CLI_CONFIG;
	err = find_interface(config, node, &out->link);
	if (!err)
		err = check_addresses(&errors, &out->link);
	if (!err)
		err = build_tables(config, node, &errors, &out->tables);
	if (err)
		return errors.count ? CLI_CONFIG : CLI_FAILURE;
	if (daemon)
		await_daemon(out->tables);
	err = attach_conflicts(out->tables, instance, &sink);
	if (!err && !errors.count && !errors.missing)
		return CLI_DONE;
	tables_free(out->tables);
	return errors.count ? CLI_CONFIG : CLI_FAILURE;
}

enum cli_exit node_attach(const struct config *config, const struct place *place,
			  const char *instance, struct attach_options options,
			  struct attach_result *result)
{
	struct errors errors = {.config = config};

	options.conflicts = (struct conflict_sink){tell_conflict, &errors};
	if (attach(place->tables, &place->link, instance, &options, result))
		return errors.count ? CLI_CONFIG : CLI_FAILURE;
	print_done(place->tables, instance, result);
	return CLI_DONE;
}
