// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xnlb ip2mac: the cluster MAC that a cluster IP leads to, in each mode. Asks nobody. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/say.h"
#include "cli/json.h"
#include "cli/verbs.h"
#include "config/config.h"
#include "core/mac.h"
#include "core/words.h"

struct answer {
	char ip[IP_TEXT_SIZE];
	char mac[3][MAC_TEXT_SIZE]; /* by enum xnlb_cluster_mode */
	char group[INET_ADDRSTRLEN];
	const char *mode; /* the one that the configuration asks for, or NULL */
};

static void find_answer(const struct ip_addr *ips, unsigned int count, struct answer *answer)
{
	uint8_t mac[6], group[4];

	ip_text(&ips[leading_ip(ips, count)], answer->ip);
	for (enum xnlb_cluster_mode mode = XNLB_UNICAST; mode <= XNLB_IGMP; mode++) {
		cluster_mac(mode, ips, count, mac);
		mac_text(mac, answer->mac[mode]);
	}
	cluster_group(ips, count, group);
	inet_ntop(AF_INET, group, answer->group, sizeof(answer->group));
}

static enum cli_exit print_answer(const struct answer *answer, bool json)
{
	if (json) {
		json_t *document = json_document();

		json_object_update_new(document,
				       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*}", "ip",
						 answer->ip, "unicast", answer->mac[XNLB_UNICAST],
						 "multicast", answer->mac[XNLB_MULTICAST], "igmp",
						 answer->mac[XNLB_IGMP], "igmp_group",
						 answer->group, "mode", answer->mode));
		return json_print(document);
	}
	printf("%-10s %s\n", "cluster IP", answer->ip);
	for (enum xnlb_cluster_mode mode = XNLB_UNICAST; mode <= XNLB_IGMP; mode++) {
		printf("%-10s %s", word_of(mode_words, mode), answer->mac[mode]);
		if (mode == XNLB_IGMP)
			printf("  group %s", answer->group);
		puts(answer->mode == word_of(mode_words, mode) ? "  <- configured" : "");
	}
	return CLI_DONE;
}

static enum cli_exit run(const struct cli_args *args)
{
	struct answer answer = {0};
	struct config *config;
	struct ip_addr ip;

	if (!args->config == !args->operands)
		return cli_misuse(&verb_ip2mac, "give either an IP or -c FILE");
	if (args->operands) {
		if (ip_parse(args->operand[0], &ip))
			return cli_misuse(&verb_ip2mac, "\"%s\" is not an IP address",
					  args->operand[0]);
		find_answer(&ip, 1, &answer);
	} else {
		if (config_read(args->config, &config))
			return CLI_CONFIG;
		find_answer(config->cluster.ip, config->cluster.ips, &answer);
		answer.mode = word_of(mode_words, config->cluster.mode);
		config_free(config);
	}
	return print_answer(&answer, args->json);
}

const struct verb verb_ip2mac = {
	.name = "ip2mac",
	.group = CLI_PREPARE,
	.operands = "[IP]",
	.least = 0,
	.most = 1,
	.options = CLI_JSON | CLI_FILE,
	.help = "Print the cluster MAC of an IP in each mode",
	.text = "For static entries in routers and switches. Several cluster IPs share one MAC:\n"
		"that of the first IPv4 address, else of the first IPv6 one; with -c FILE it is\n"
		"found that way, and the configured mode is marked.",
	.run = run,
};
