// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From text to numbers, durations, names, addresses. Each error quotes what was written. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/name.h"
#include "base/suggest.h"
#include "config/reader.h"

bool read_number(struct reader *reader, const struct key *key, const struct yaml *value,
		 unsigned int least, unsigned int most, unsigned int *out)
{
	uint64_t number;
	const char *end = number_parse(value->text, &number);

	if (!end || *end || number < least || number > most) {
		report_error(reader->report, value->mark,
			     "%s: \"" WORD "\" is not a whole number from %u to %u", key->name,
			     value->text, least, most);
		return false;
	}
	*out = (unsigned int)number;
	return true;
}

bool read_duration(struct reader *reader, const struct key *key, const struct yaml *value,
		   uint64_t *out_us)
{
	const char *wrong = duration_parse(value->text, out_us);

	if (wrong)
		report_error(reader->report, value->mark, "%s: \"" WORD "\" %s", key->name,
			     value->text, wrong);
	return !wrong;
}

bool read_choice(struct reader *reader, const struct key *key, const struct yaml *value,
		 const struct word *words, int *out)
{
	struct suggest suggest = suggest_for(value->text);
	char known[128] = "";
	size_t used = 0;

	if (!word_value(words, value->text, out))
		return true;
	for (const struct word *word = words; word->word; word++) {
		const char *before = word == words ? "" : word[1].word ? ", " : " or ";

		suggest_offer(&suggest, word->word);
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", before,
					 word->word);
	}
	if (suggest_best(&suggest))
		report_error(reader->report, value->mark,
			     "%s: \"" WORD "\" is not %s: did you mean \"%s\"?", key->name,
			     value->text, known, suggest_best(&suggest));
	else
		report_error(reader->report, value->mark, "%s: \"" WORD "\" is not %s", key->name,
			     value->text, known);
	return false;
}

bool read_ports(struct reader *reader, const struct key *key, const struct yaml *value,
		uint16_t *first, uint16_t *last)
{
	uint64_t from = 0, to = XNLB_PORTS - 1;
	const char *end;

	if (strcmp(value->text, "all") != 0) {
		end = number_parse(value->text, &from);
		to = from;
		if (end && *end == '-')
			end = number_parse(end + 1, &to);
		if (!end || *end || to >= XNLB_PORTS || from > to) {
			report_error(reader->report, value->mark,
				     "%s: \"" WORD "\" is not a port (80), a range (8000-8099) or "
				     "\"all\"; ports go from 0 to 65535",
				     key->name, value->text);
			return false;
		}
	}
	*first = (uint16_t)from;
	*last = (uint16_t)to;
	return true;
}

static bool read_name(struct reader *reader, const struct key *key, const struct yaml *value,
		      enum name_kind kind, char out[XNLB_NAME_SIZE])
{
	if (!name_valid(value->text, kind)) {
		report_error(reader->report, value->mark,
			     "%s: \"" WORD "\" is not a name: 1 to %d of A-Z a-z 0-9 _ -%s",
			     key->name, value->text, XNLB_NAME_SIZE - 1,
			     kind == NAME_DOTS ? " and full stops, none of them first" : "");
		return false;
	}
	memcpy(out, value->text, strlen(value->text) + 1);
	return true;
}

bool read_plain_name(struct reader *reader, const struct key *key, const struct yaml *value,
		     char out[XNLB_NAME_SIZE])
{
	return read_name(reader, key, value, NAME_PLAIN, out);
}

bool read_dotted_name(struct reader *reader, const struct key *key, const struct yaml *value,
		      char out[XNLB_NAME_SIZE])
{
	return read_name(reader, key, value, NAME_DOTS, out);
}

/* As the kernel has it (dev_valid_name), and nothing unprintable. */
bool read_interface(struct reader *reader, const struct key *key, const struct yaml *value,
		    char out[16])
{
	const char *text = value->text;
	size_t length = strlen(text);
	bool bad = !length || length > 15 || !strcmp(text, ".") || !strcmp(text, "..");

	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '/' || text[i] == ':')
			bad = true;
	if (bad) {
		report_error(reader->report, value->mark,
			     "%s: \"" WORD "\" is not the name of a network interface: 1 to 15 "
			     "characters, none of them a blank, / or :",
			     key->name, text);
		return false;
	}
	memcpy(out, text, length + 1);
	return true;
}

static bool in_prefix(const struct ip_addr *ip, const uint8_t *prefix, unsigned int bits)
{
	for (unsigned int i = 0; i < bits; i++) {
		unsigned int mask = 0x80u >> i % 8;

		if ((ip->bytes[i / 8] ^ prefix[i / 8]) & mask)
			return false;
	}
	return true;
}

/* Addresses that can be no cluster IP. */
static const struct {
	uint8_t family;
	uint8_t bits;
	uint8_t prefix[16];
	const char *what;
} unusable[] = {
	{4, 8, {0}, "an address of \"this network\""},
	{4, 8, {127}, "a loopback address"},
	{4, 4, {224}, "a multicast address"},
	{4, 32, {255, 255, 255, 255}, "the broadcast address"},
	{4, 4, {240}, "a reserved address"},
	{6, 128, {0}, "the unspecified address"},
	{6, 128, {[15] = 1}, "the loopback address"},
	{6, 8, {0xff}, "a multicast address"},
	{6, 10, {0xfe, 0x80}, "a link-local address"},
	{6, 96, {[10] = 0xff, 0xff}, "an IPv4 address in the clothes of IPv6"},
};

bool read_cluster_ip(struct reader *reader, const struct yaml *value, struct ip_addr *out)
{
	struct ip_addr ip;

	if (value->kind != YAML_TEXT || value->nothing || ip_parse(value->text, &ip)) {
		report_error(reader->report, value->mark,
			     "ips: \"" WORD "\" is not an IP address, such as 192.168.1.100 or "
			     "fd00::100 (no /prefix)",
			     value->kind == YAML_TEXT ? value->text : "[...]");
		return false;
	}
	for (size_t i = 0; i < sizeof(unusable) / sizeof(unusable[0]); i++) {
		if (ip.family != unusable[i].family ||
		    !in_prefix(&ip, unusable[i].prefix, unusable[i].bits))
			continue;
		report_error(reader->report, value->mark, "ips: %s is %s and can be no cluster IP",
			     value->text, unusable[i].what);
		return false;
	}
	*out = ip;
	return true;
}

static const struct node *named(struct reader *reader, const struct key *key,
				const struct yaml *name)
{
	const struct cluster *cluster = &reader->config->cluster;
	const struct node *node = cluster_node_named(cluster, name->text);
	struct suggest suggest;

	if (node || !reader->nodes_sound)
		return node; /* the name may be one that could not be read: no second error */
	if (reader->report->errors >= REPORT_MAX) {
		report_error(reader->report, name->mark, "unknown node");
		return NULL;
	}
	suggest = suggest_for(name->text);
	for (unsigned int i = 0; i < cluster->nodes; i++)
		suggest_offer(&suggest, cluster->node[i].name);
	if (suggest_best(&suggest))
		report_error(reader->report, name->mark,
			     "%s: there is no node \"" WORD "\": did you mean \"%s\"?", key->name,
			     name->text, suggest_best(&suggest));
	else
		report_error(reader->report, name->mark, "%s: there is no node \"" WORD "\"",
			     key->name, name->text);
	return NULL;
}

bool read_by_node(struct reader *reader, const struct key *key, const struct yaml *map,
		  unsigned int least, unsigned int most, uint8_t out[XNLB_NODES_MAX])
{
	const struct node *nodes = reader->config->cluster.node;
	struct mark seen[XNLB_NODES_MAX] = {0};
	bool all_zero = true;

	for (const struct yaml *entry = map->first; entry; entry = entry->next) {
		const struct node *node = named(reader, key, entry->key);
		char label[96];
		struct key labelled = {.name = label};
		unsigned int number = 1; /* one that cannot be read is not 0 */

		snprintf(label, sizeof(label), "%s of " WORD, key->name, entry->key->text);

		if (entry->kind != YAML_TEXT || entry->nothing)
			report_error(reader->report, entry->mark, "%s: a number is expected",
				     label);
		else
			read_number(reader, &labelled, entry, least, most, &number);
		all_zero = all_zero && !number;
		if (!node)
			continue;
		if (seen[node - nodes].line)
			report_error(reader->report, entry->key->mark,
				     "%s: \"%s\" is given twice: first in line %u", key->name,
				     node->name, seen[node - nodes].line);
		else
			seen[node - nodes] = entry->key->mark;
		out[node - nodes] = (uint8_t)number;
	}
	return all_zero;
}
