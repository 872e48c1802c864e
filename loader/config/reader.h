/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a configuration is read: tables of keys. A table says for each key what kind of value it
 * takes, whether it must be there, what stands in for it, and which function takes the value; so
 * unknown and missing keys, wrong kinds, defaults, `xnlb check --keys` and the check of the
 * documentation all come from one place. Only for the files of this folder.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "config/config.h"
#include "config/yaml.h"
#include "core/words.h"

struct reader;

struct key {
	const char *name;
	enum yaml_kind kind;
	bool required;
	const char *type;     /* for people */
	const char *fallback; /* YAML_TEXT: read where the key is left out */
	const char *absent;   /* for people: what its absence means, where there is no fallback */
	const struct key_table *table; /* of a mapping, or of each item of a list */
	/* Takes the value, of the kind that it must be. */
	void (*set)(struct reader *reader, const struct key *key, const struct yaml *value);
	const char *help;
};

struct key_table {
	const char *noun; /* "a rule" */
	const struct key *keys;
	unsigned int count;
};

/* What is known about a node or rule besides its values. Marks have line 0 where nothing stands. */
struct node_facts {
	struct mark place, id, name;
	bool interface; /* one is given, perhaps a wrong one */
};

struct rule_facts {
	struct mark place, name, ports, weights, priorities;
	/* by place in cluster.node: an id may be wrong */
	uint8_t weight[XNLB_NODES_MAX], priority[XNLB_NODES_MAX];
	bool all_zero;		    /* the weights as written, whatever the nodes are */
	bool unranked;		    /* no priority is written */
	bool ip_sound, ports_sound; /* read without an error */
	bool priorities_sound;
};

struct reader {
	struct report *report;
	struct config *config;
	struct node_facts node_facts[XNLB_NODES_MAX];
	struct rule_facts rule_facts[XNLB_RULES_MAX];
	/* being read */
	struct node *node;
	struct rule *rule;
	struct node_facts *node_fact;
	struct rule_facts *rule_fact;
	bool ips_sound; /* all cluster IPs were read: a rule's IP can be looked up */
	bool nodes_sound;
};

extern const struct key_table config_table; /* the whole file */
extern const struct key_table rule_table;

/* Reads a mapping by a table. */
void read_table(struct reader *reader, const struct key_table *table, const struct yaml *map);

/* Is the key there, whatever its value? */
bool has_key(const struct yaml *map, const char *name);

/* For mappings that need nothing more than read_table. */
void set_section(struct reader *reader, const struct key *key, const struct yaml *map);
void set_rules(struct reader *reader, const struct key *key, const struct yaml *list);

/* What several keys together must fulfil; once, after all were read. */
void check_all(struct reader *reader);

/*
 * Values. Each reports what is wrong and returns false, with *out untouched.
 */
bool read_number(struct reader *reader, const struct key *key, const struct yaml *value,
		 unsigned int least, unsigned int most, unsigned int *out);
bool read_duration(struct reader *reader, const struct key *key, const struct yaml *value,
		   uint64_t *out_us);
bool read_choice(struct reader *reader, const struct key *key, const struct yaml *value,
		 const struct word *words, int *out);
bool read_ports(struct reader *reader, const struct key *key, const struct yaml *value,
		uint16_t *first, uint16_t *last);
bool read_interface(struct reader *reader, const struct key *key, const struct yaml *value,
		    char out[16]);
bool read_cluster_ip(struct reader *reader, const struct yaml *value, struct ip_addr *out);
/*
 * A mapping from node names to numbers, into an array by place in cluster.node. Is every number as
 * written 0, also of a node that is not known?
 */
bool read_by_node(struct reader *reader, const struct key *key, const struct yaml *map,
		  unsigned int least, unsigned int most, uint8_t out[XNLB_NODES_MAX]);

/* Letters, digits, "_", "-"; with dots for nodes and rules (base/name.h). */
bool read_plain_name(struct reader *reader, const struct key *key, const struct yaml *value,
		     char out[XNLB_NAME_SIZE]);
bool read_dotted_name(struct reader *reader, const struct key *key, const struct yaml *value,
		      char out[XNLB_NAME_SIZE]);

/* For tables. */
#define KEYS(array) .keys = (array), .count = sizeof(array) / sizeof((array)[0])

/* How much of a user's word goes into a message. */
#define WORD "%.60s"

#endif
