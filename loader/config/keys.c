// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading a mapping by a table of keys. Knows no key. */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "config/reader.h"

static const char *const kind_names[] = {
	[YAML_TEXT] = "a single value",
	[YAML_MAP] = "a mapping",
	[YAML_LIST] = "a list",
};

static const char *const kind_examples[] = {
	[YAML_TEXT] = "",
	[YAML_MAP] = ", such as {a: 1, b: 2}",
	[YAML_LIST] = ", such as [a, b]",
};

static const struct key *find_key(const struct key_table *table, const char *name)
{
	for (unsigned int i = 0; i < table->count; i++)
		if (!strcmp(table->keys[i].name, name))
			return &table->keys[i];
	return NULL;
}

static void report_unknown(struct reader *reader, const struct key_table *table,
			   const struct yaml *key)
{
	struct suggest suggest = suggest_for(key->text);
	char known[160] = "";
	size_t used = 0;

	if (reader->report->errors >= REPORT_MAX) {
		report_error(reader->report, key->mark, "unknown key");
		return; /* nobody reads more than that */
	}
	for (unsigned int i = 0; i < table->count; i++) {
		suggest_offer(&suggest, table->keys[i].name);
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "",
					 table->keys[i].name);
		if (used >= sizeof(known))
			used = sizeof(known) - 1;
	}
	if (suggest_best(&suggest))
		report_error(reader->report, key->mark,
			     "unknown key \"" WORD "\": did you mean \"%s\"?", key->text,
			     suggest_best(&suggest));
	else
		report_error(reader->report, key->mark, "unknown key \"" WORD "\": %s has %s",
			     key->text, table->noun, known);
}

static void check_entries(struct reader *reader, const struct key_table *table,
			  const struct yaml *map)
{
	struct mark seen[32] = {0};

	for (const struct yaml *entry = map->first; entry; entry = entry->next) {
		const struct key *key = find_key(table, entry->key->text);
		struct mark *first;

		if (!key) {
			report_unknown(reader, table, entry->key);
			continue;
		}
		first = &seen[key - table->keys];
		if (first->line)
			report_error(reader->report, entry->key->mark,
				     "\"%s\" is given twice: first in line %u", key->name,
				     first->line);
		else
			*first = entry->key->mark;
	}
}

static const struct yaml *find_entry(const struct yaml *map, const char *name)
{
	for (const struct yaml *entry = map->first; entry; entry = entry->next)
		if (!strcmp(entry->key->text, name))
			return entry;
	return NULL;
}

bool has_key(const struct yaml *map, const char *name)
{
	return map->kind == YAML_MAP && find_entry(map, name);
}

static void read_value(struct reader *reader, const struct key *key, const struct yaml *value)
{
	if (value->kind == YAML_TEXT && value->nothing)
		report_error(reader->report, value->mark, "%s: nothing is given: %s is expected%s",
			     key->name, kind_names[key->kind], kind_examples[key->kind]);
	else if (value->kind != key->kind)
		report_error(reader->report, value->mark, "%s: %s is expected, not %s%s", key->name,
			     kind_names[key->kind], kind_names[value->kind],
			     kind_examples[key->kind]);
	else
		key->set(reader, key, value);
}

static void read_absent(struct reader *reader, const struct key *key, const struct yaml *map)
{
	struct yaml stand_in = {.kind = YAML_TEXT};
	char text[32];

	if (key->required) {
		report_error(reader->report, map->mark, "\"%s\" is missing: %s", key->name,
			     key->help);
	} else if (key->fallback) {
		snprintf(text, sizeof(text), "%s", key->fallback);
		stand_in.text = text;
		key->set(reader, key, &stand_in);
	} else if (key->kind == YAML_MAP && key->table) {
		stand_in.kind = YAML_MAP; /* for the defaults of its keys */
		key->set(reader, key, &stand_in);
	}
}

void read_table(struct reader *reader, const struct key_table *table, const struct yaml *map)
{
	if (map->kind != YAML_MAP) {
		report_error(reader->report, map->mark, "%s is a mapping of keys, not %s",
			     table->noun, kind_names[map->kind]);
		return;
	}
	check_entries(reader, table, map);
	/* In the order of the table, not of the file: later keys may refer to earlier ones. */
	for (unsigned int i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		const struct yaml *entry = find_entry(map, key->name);

		if (entry)
			read_value(reader, key, entry);
		else
			read_absent(reader, key, map);
	}
}

void set_section(struct reader *reader, const struct key *key, const struct yaml *map)
{
	read_table(reader, key->table, map);
}

static void visit_key(const struct key *outer, const struct key *key,
		      void (*visit)(const struct config_key *key, void *data), void *data)
{
	struct config_key out = {.type = key->type, .help = key->help};
	const char *brackets = outer && outer->kind == YAML_LIST ? "[]" : "";

	out.required = key->required;
	out.fallback = key->fallback ? key->fallback : key->absent;
	snprintf(out.path, sizeof(out.path), "%s%s%s%s", outer ? outer->name : "", brackets,
		 outer ? "." : "", key->name);
	visit(&out, data);
}

/* Mappings are nested once, which is all that the format has. */
void config_each_key(void (*visit)(const struct config_key *key, void *data), void *data)
{
	for (unsigned int i = 0; i < config_table.count; i++) {
		const struct key *outer = &config_table.keys[i];

		visit_key(NULL, outer, visit, data);
		for (unsigned int j = 0; j < outer->table->count; j++)
			visit_key(outer, &outer->table->keys[j], visit, data);
	}
}
