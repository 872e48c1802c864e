// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Knows nothing but the document: it may come from a daemon of another version. */
#include "cli/show.h"

#include <stdio.h>
#include <string.h>

#include "core/tables.h"
#include "core/words.h"

#define NEWEST 5 /* entries of the history */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "?";
}

static long long number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool is(const json_t *object, const char *name, const char *text)
{
	return !strcmp(text_of(object, name), text);
}

/* "a, b" */
static void print_list(const json_t *array)
{
	size_t index;
	json_t *item;

	json_array_foreach(array, index, item) {
		printf("%s", index ? ", " : "");
		if (json_is_integer(item))
			printf("%lld", (long long)json_integer_value(item));
		else
			printf("%s", json_is_string(item) ? json_string_value(item) : "?");
	}
}

/* ---- what it is ---- */

/* Where no daemon says it. */
static void print_view(const json_t *convergence)
{
	if (is(convergence, "state", "static"))
		printf("all nodes of the configuration: no daemon runs, so nobody watches the "
		       "nodes\n");
	else
		printf("view %lld, %s\n", number_of(convergence, "epoch"),
		       is(convergence, "state", "converged")
			       ? "converged"
			       : "this node takes no new connections");
}

static void print_membership(const json_t *document, const json_t *membership)
{
	const json_t *history = json_object_get(document, "history");
	const json_t *newest = json_array_get(history, json_array_size(history) - 1);
	long long connections = number_of(membership, "connections");

	if (newest && number_of(newest, "epoch"))
		printf("view %lld since %s, ", number_of(newest, "epoch"), text_of(newest, "at"));
	else
		printf("no view, ");
	printf("%s; %s, weight %lld %%, %lld connection%s\n", text_of(membership, "state"),
	       text_of(membership, "asked"), number_of(membership, "weight"), connections,
	       connections == 1 ? "" : "s");
}

static const char *attach_text(const char *attach)
{
	return strcmp(attach, "dispatcher") ? "" : " under libxdp's dispatcher";
}

static void print_head(const json_t *document)
{
	const json_t *membership = json_object_get(document, "membership");
	const json_t *node = json_object_get(document, "node");

	printf("Cluster %s, %s, cluster MAC %s\n  cluster IPs ", text_of(document, "cluster"),
	       text_of(document, "mode"), text_of(document, "cluster_mac"));
	print_list(json_object_get(document, "ips"));
	printf("\n  this node   %s (id %lld) on %s, XDP %s%s, tc %s", text_of(node, "name"),
	       number_of(node, "id"), text_of(document, "interface"), text_of(document, "xdp"),
	       attach_text(text_of(document, "attach")), text_of(document, "tc"));
	if (strcmp(text_of(document, "instance"), text_of(document, "cluster")) != 0)
		printf(", instance %s", text_of(document, "instance"));
	printf("\n  membership  ");
	if (membership)
		print_membership(document, membership);
	else
		print_view(json_object_get(document, "convergence"));
}

/* ---- nodes and rules ---- */

static void print_node(const json_t *node, bool self)
{
	const json_t *weight = json_object_get(node, "weight");

	printf("%-20s %3lld  %s%s", text_of(node, "name"), number_of(node, "id"),
	       text_of(node, "state"), self ? ", this node" : "");
	if (json_is_integer(weight))
		printf(", weight %lld %%", (long long)json_integer_value(weight));
	if (json_is_false(json_object_get(node, "heard")))
		printf(", not heard");
	if (json_array_size(json_object_get(node, "differs")))
		printf(", another configuration");
	if (json_is_true(json_object_get(node, "twice")))
		printf(", there are two");
	putchar('\n');
}

static void print_nodes(const json_t *document)
{
	long long self = number_of(json_object_get(document, "node"), "id");
	size_t index;
	json_t *node;

	printf("\n%-20s %3s  %s\n", "NODE", "ID", "STATE");
	json_array_foreach(json_object_get(document, "nodes"), index, node) {
		print_node(node, number_of(node, "id") == self);
	}
}

static void print_rule(const json_t *rule)
{
	const char *state = text_of(rule, "state");
	long long connections = number_of(rule, "connections");

	printf("%-16s %-16s %-5s %-11s %-9s %-8s %6.2f%% %12lld %12lld", text_of(rule, "name"),
	       text_of(rule, "ip"), text_of(rule, "protocol"), text_of(rule, "ports"),
	       text_of(rule, "mode"), text_of(rule, "affinity"),
	       json_number_value(json_object_get(rule, "share")), number_of(rule, "accepted"),
	       number_of(rule, "dropped"));
	if (strcmp(state, "open") != 0 && strcmp(state, "?") != 0)
		printf("  %s, %lld connection%s", state, connections, connections == 1 ? "" : "s");
	putchar('\n');
}

/* What no rule covers comes last. */
static void print_rules(const json_t *document)
{
	size_t index;
	json_t *rule;

	printf("\n%-16s %-16s %-5s %-11s %-9s %-8s %7s %12s %12s\n", "RULE", "IP", "PROTO", "PORTS",
	       "MODE", "AFFINITY", "SHARE", "ACCEPTED", "DROPPED");
	json_array_foreach(json_object_get(document, "rules"), index, rule) {
		print_rule(rule);
	}
	print_rule(json_object_get(document, "default"));
}

/* ---- counters ---- */

/* XNLB_REASONS: it is one that this version does not know. */
static int reason_named(const char *name)
{
	int reason = 0;

	while (reason < XNLB_REASONS && strcmp(reason_name(reason), name) != 0)
		reason++;
	return reason;
}

static void print_counter(const char *name, long long packets)
{
	int reason = reason_named(name);
	bool known = reason < XNLB_REASONS;

	printf("%-16s %-7s %12lld  %s\n", name,
	       known ? word_of(verdict_words, reason_verdict(reason)) : "?", packets,
	       known ? reason_text(reason) : "?");
}

static void print_counters(const json_t *document)
{
	/* jansson has no foreach for a const one */
	json_t *counters = json_object_get(document, "counters");
	bool titled = false;
	const char *name;
	json_t *packets;

	json_object_foreach(counters, name, packets) {
		if (!json_integer_value(packets))
			continue;
		if (!titled)
			printf("\n%-16s %-7s %12s\n", "REASON", "VERDICT", "PACKETS");
		titled = true;
		print_counter(name, json_integer_value(packets));
	}
}

/* ---- history ---- */

static void print_why(const json_t *entry)
{
	size_t index;
	json_t *why;

	json_array_foreach(json_object_get(entry, "why"), index, why) {
		const json_t *nodes = json_object_get(why, "nodes");

		printf("%s%s%s", index ? "; " : "", text_of(why, "what"),
		       json_array_size(nodes) ? " " : "");
		print_list(nodes);
	}
}

static void print_entry(const json_t *entry)
{
	const json_t *took = json_object_get(entry, "took_ms");
	const json_t *moved = json_object_get(entry, "moved");
	char took_text[32] = "-", moved_text[64] = "-";

	if (json_is_integer(took))
		snprintf(took_text, sizeof(took_text), "%lld ms",
			 (long long)json_integer_value(took));
	if (json_is_integer(moved))
		snprintf(moved_text, sizeof(moved_text), "%lld/%lld",
			 (long long)json_integer_value(moved), number_of(entry, "of"));
	printf("%-24s %6lld %10s %15s  ", text_of(entry, "at"), number_of(entry, "epoch"),
	       took_text, moved_text);
	print_why(entry);
	putchar('\n');
}

static void print_history(const json_t *document)
{
	const json_t *history = json_object_get(document, "history");
	size_t count = json_array_size(history);

	if (!count)
		return;
	printf("\n%-24s %6s %10s %15s  %s\n", "SINCE", "VIEW", "TOOK", "MOVED", "WHY");
	for (size_t i = count > NEWEST ? count - NEWEST : 0; i < count; i++)
		print_entry(json_array_get(history, i));
}

static void print_warnings(const json_t *document)
{
	size_t index;
	json_t *warning;

	json_array_foreach(json_object_get(document, "warnings"), index, warning) {
		printf("%sWarning: %s\n", index ? "" : "\n",
		       json_is_string(warning) ? json_string_value(warning) : "?");
	}
}

void show(const json_t *document)
{
	print_head(document);
	print_nodes(document);
	print_rules(document);
	print_counters(document);
	print_history(document);
	print_warnings(document);
}
