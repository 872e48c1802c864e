// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb attach: checks the configuration against this machine and attaches it. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/say.h"
#include "cli/verbs.h"
#include "config/config.h"
#include "core/tables.h"
#include "core/words.h"
#include "dataplane/attach.h"
#include "dataplane/interface.h"

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
	if (err) {
		say_error("interface %s: %s", name,
			  err == -ENODEV ? "there is none of this name" : strerror(-err));
		return err;
	}
	if (!link->ethernet) {
		say_error("interface %s is not an Ethernet interface", name);
		return -EINVAL;
	}
	err = interface_read(NULL, LOOPBACK_IFINDEX, &loopback);
	if (!err && !loopback.up) {
		say_error("lo is down, and the cluster IPs belong there: ip link set lo up");
		err = -ENETDOWN;
	}
	return err;
}

/* Cluster IPs against the machine's addresses. The number of errors found, all reported. */
static unsigned int check_addresses(const struct config *config, const struct interface *link)
{
	const struct cluster *cluster = &config->cluster;
	bool seen[7] = {false};
	unsigned int errors = 0, where;
	char text[IP_TEXT_SIZE];
	struct ip_addr found;

	for (unsigned int i = 0; i < cluster->ips; i++) {
		const struct ip_addr *ip = &cluster->ip[i];
		struct interface holder;

		if (interface_holds(0, ip, &where) == 1 && where != LOOPBACK_IFINDEX &&
		    !interface_read(NULL, where, &holder)) {
			config_error(config, config->ip_mark[i],
				     "cluster IP %s is this node's own address on %s: remove it "
				     "there (attach puts it on lo)",
				     ip_text(ip, text), holder.name);
			errors++;
		}
		if (seen[ip->family])
			continue;
		seen[ip->family] = true;
		if (interface_dedicated(link->ifindex, ip->family, cluster->ip, cluster->ips,
					&found) == -EADDRNOTAVAIL) {
			config_error(config, config->ip_mark[i],
				     "%s has no dedicated IPv%u address: without one the kernel "
				     "would speak as the cluster IP",
				     link->name, ip->family);
			errors++;
		}
	}
	return errors;
}

static enum cli_exit attach_node(const struct config *config, const struct node *node,
				 const struct cli_args *args, const struct attach_options *options)
{
	const char *instance = args->instance ? args->instance : config->cluster.name;
	struct xnlb_hash_key key;
	struct tables *tables;
	struct interface link;
	int err;

	if (find_interface(config, node, &link))
		return CLI_FAILURE;
	if (check_addresses(config, &link) || config_hash_key(config, &key))
		return CLI_CONFIG;
	err = tables_build(&config->cluster, cluster_nodes(&config->cluster), &key, &tables);
	sodium_memzero(&key, sizeof(key));
	if (err) {
		say_error("cannot build the tables: %s", strerror(-err));
		return CLI_FAILURE;
	}
	tables->setup.node = node->id;
	tables->cluster.node = node->id;
	err = attach(tables, &link, instance, options);
	tables_free(tables);
	if (!err)
		return CLI_DONE;
	return err == -EADDRINUSE ? CLI_CONFIG : CLI_FAILURE;
}

static enum cli_exit run(const struct cli_args *args)
{
	struct attach_options options;
	enum cli_exit code = CLI_CONFIG;
	const struct node *node;
	struct config *config;

	if (!args->config)
		return cli_misuse(&verb_attach, "-c FILE is missing");
	if (choice(xdp_words, args->xdp, &options.xdp))
		return cli_misuse(&verb_attach, "--xdp \"%s\": native or generic", args->xdp);
	if (choice(tc_words, args->tc, &options.tc))
		return cli_misuse(&verb_attach, "--tc \"%s\": tcx or clsact", args->tc);
	if (config_read(args->config, &config))
		return CLI_CONFIG;
	node = config_self(config, args->node);
	if (node)
		code = attach_node(config, node, args, &options);
	config_free(config);
	return code;
}

const struct verb verb_attach = {
	.name = "attach",
	.group = CLI_OPERATE,
	.options = CLI_FILE | CLI_NODE | CLI_INSTANCE | CLI_HOOKS,
	.help = "Attach a cluster to this node's interface, or replace it",
	.text = "Loads the programs, makes the cluster IPs this node's, and exits; what is\n"
		"attached stays. All nodes of the file count as members. Attaching again\n"
		"replaces programs and tables without losing a packet. If anything fails, the\n"
		"machine is left as it was.",
	.run = run,
};
