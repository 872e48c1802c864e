// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "daemon/clock.h"
#include "daemon/timer.h"
#include "daemon/words.h"

#define REQUESTS 16	/* whose answers are remembered */
#define LOOK_US	 100000 /* while something drains */
#define SOON_US	 1000	/* a timer may be so late; 0 would mean a quarter of a second */

/* A count of connections that found none may have been a moment before the last one came up. */
#define EMPTY_COUNTS 2

struct control {
	char path[WISHES_PATH_SIZE];   /* of the wishes */
	const struct cluster *cluster; /* the newest configuration, by which rules are asked for */
	const struct cluster *gone_by; /* by which connections are counted */
	uint8_t self;
	struct wishes wishes;
	bool unfit;
	struct beat *beat;
	struct publisher *publisher;
	sd_event_source *timer;
	uint64_t digest; /* of `cluster` */
	struct beat_news news;
	struct publisher_held held;
	struct instant node_until; /* drains end then; INSTANT_NEVER: they have no timeout */
	struct instant rule_until[XNLB_RULES_MAX + 1];
	uint64_t empty_since[XNLB_RULES_MAX + 1]; /* count that found none; 0: did not; [0]: node */

	uint32_t base;	 /* other nodes know request n as base + n */
	uint32_t number; /* of the newest request */
	uint32_t all;	 /* of the newest to all nodes */
	struct instant all_until;
	struct control_answers answers[REQUESTS]; /* of request n: [n % REQUESTS] */
	uint64_t asked;				  /* requests of others that were done */
};

int control_open(const char *instance, const struct cluster *cluster, uint8_t self,
		 struct control **out)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control) {
		say_error("out of memory");
		return -ENOMEM;
	}
	control->cluster = control->gone_by = cluster;
	control->self = self;
	control->node_until = INSTANT_NEVER;
	for (int i = 0; i <= XNLB_RULES_MAX; i++)
		control->rule_until[i] = INSTANT_NEVER;
	/* Higher than those of a daemon that ran before, or others would think them done. */
	control->base = (uint32_t)(clock_now().us / 100000);
	wishes_read(wishes_path(instance, control->path), cluster, &control->wishes);
	*out = control;
	return 0;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	sd_event_source_unref(control->timer);
	free(control);
}

void control_offer(const struct control *control, struct beat_offer *out)
{
	const struct wishes *wishes = &control->wishes;

	*out = (struct beat_offer){
		.takes_part = !control->unfit &&
			      (wishes->part == WISH_STARTED || wishes->part == WISH_DRAINING),
		.weight = wishes->part == WISH_DRAINING ? 0 : wishes->weight,
		.closed = wishes->closed,
	};
	for (uint32_t i = 1; i <= control->cluster->rules; i++)
		if (wishes->rule[i] != WISH_OPEN)
			rule_set_add(&out->rules, i);
}

/* The number of a rule's name; 0: there is none. */
static uint16_t rule_number(const struct cluster *cluster, const char *name)
{
	if (!strcmp(name, "all"))
		return XNLB_ORDER_RULES;
	for (unsigned int i = 0; i < cluster->rules; i++)
		if (!strcmp(cluster->rule[i].name, name))
			return (uint16_t)(i + 1);
	return 0;
}

/* ---- drains ---- */

static bool drains(const struct control *control)
{
	bool draining = control->wishes.part == WISH_DRAINING;

	for (uint32_t i = 1; i <= control->cluster->rules; i++)
		draining |= control->wishes.rule[i] == WISH_RULE_DRAINING;
	return draining;
}

/* Is the view such that nothing new comes any more, and was counted since? */
static bool is_settled(const struct control *control, uint32_t rule)
{
	const struct beat_news *news = &control->news;
	const struct view *view = &news->view;
	unsigned int me = control->self - 1u;

	if (control->held.swap != news->swap)
		return false;
	if (!state_operates(news->state))
		return true;
	if (news->state != XNLB_STATE_ACTIVE)
		return false;
	return rule ? view->closed[me] == control->wishes.closed : !view->weight[me];
}

/* Of a rule of the newest configuration, as far as the one that is gone by has it. */
static uint32_t connections_of(const struct control *control, uint32_t rule)
{
	uint16_t number = rule_number(control->gone_by, control->cluster->rule[rule - 1].name);

	return number && number != XNLB_ORDER_RULES ? control->held.rule[number] : 0;
}

/* Rule 0: the whole node. */
static bool is_drained(struct control *control, uint32_t rule, struct instant until)
{
	uint32_t connections = rule ? connections_of(control, rule) : control->held.all;
	uint64_t *since = &control->empty_since[rule];

	if (until.us != INSTANT_NEVER.us && !instant_before(clock_now(), until))
		return true;
	if (connections || !is_settled(control, rule))
		*since = 0;
	else if (!*since)
		*since = control->held.counts;
	return *since && control->held.counts - *since + 1 >= EMPTY_COUNTS;
}

static void tell(struct control *control)
{
	struct beat_offer offer;

	control_offer(control, &offer);
	beat_offer(control->beat, &offer);
	publisher_watch(control->publisher, drains(control));
	if (drains(control) && control->timer)
		timer_again(control->timer, LOOK_US);
	wishes_write(control->path, control->cluster, &control->wishes);
}

static void look(struct control *control)
{
	struct wishes *wishes = &control->wishes;
	bool changed = false;

	publisher_held(control->publisher, &control->held);
	for (uint32_t i = 1; i <= control->cluster->rules; i++) {
		if (wishes->rule[i] != WISH_RULE_DRAINING ||
		    !is_drained(control, i, control->rule_until[i]))
			continue;
		wishes->rule[i] = WISH_CLOSED;
		changed = true;
		say_note("rule %s is drained: %u connections are left",
			 control->cluster->rule[i - 1].name, connections_of(control, i));
	}
	if (wishes->part == WISH_DRAINING && is_drained(control, 0, control->node_until)) {
		wishes->part = WISH_STOPPED;
		changed = true;
		say_note("this node is drained, and stops: %u connections are left",
			 control->held.all);
	}
	if (changed)
		tell(control);
}

static int on_look(sd_event_source *source, uint64_t time, void *data)
{
	struct control *control = data;

	(void)time;
	look(control);
	return drains(control) ? timer_again(source, LOOK_US) : 0;
}

int control_begin(struct control *control, sd_event *event, struct beat *beat,
		  struct publisher *publisher, uint64_t digest)
{
	int err = sd_event_add_time_relative(event, &control->timer, CLOCK_MONOTONIC, LOOK_US,
					     SOON_US, on_look, control);

	if (err < 0) {
		say_error("cannot make a timer: %s", strerror(-err));
		return err;
	}
	control->beat = beat;
	control->publisher = publisher;
	control->digest = digest;
	publisher_watch(publisher, drains(control));
	return 0;
}

void control_fit(struct control *control, bool fit)
{
	struct beat_offer offer;

	if (control->unfit == !fit)
		return;
	control->unfit = !fit;
	if (!control->beat)
		return; /* it begins with this */
	control_offer(control, &offer);
	beat_offer(control->beat, &offer);
}

/* ---- what is asked of this node ---- */

static struct instant deadline(uint32_t timeout_ms)
{
	return timeout_ms ? instant_after(clock_now(), timeout_ms * 1000LL) : INSTANT_NEVER;
}

static enum control_answer take_part(struct control *control, const struct ask *ask)
{
	struct wishes *wishes = &control->wishes;

	if (ask->verb == CONTROL_RESUME) {
		if (wishes->part == WISH_SUSPENDED)
			wishes->part = wishes->before;
		return CONTROL_TAKEN;
	}
	if (wishes->part == WISH_SUSPENDED)
		return ask->verb == CONTROL_SUSPEND ? CONTROL_TAKEN : CONTROL_SUSPENDED;
	switch (ask->verb) {
	case CONTROL_START:
		wishes->part = WISH_STARTED;
		break;
	case CONTROL_STOP:
		wishes->part = WISH_STOPPED;
		break;
	case CONTROL_SUSPEND:
		wishes->before = wishes->part == WISH_STARTED ? WISH_STARTED : WISH_STOPPED;
		wishes->part = WISH_SUSPENDED;
		break;
	default: /* who has stopped already is drained */
		if (wishes->part == WISH_STOPPED)
			break;
		wishes->part = WISH_DRAINING;
		control->empty_since[0] = 0;
		control->node_until = deadline(ask->timeout_ms);
	}
	return CONTROL_TAKEN;
}

static void set_rule(struct control *control, const struct ask *ask, uint32_t rule)
{
	uint8_t *now = &control->wishes.rule[rule];

	control->rule_until[rule] = INSTANT_NEVER;
	if (ask->verb == CONTROL_ENABLE) {
		*now = WISH_OPEN;
	} else if (ask->verb == CONTROL_DISABLE) {
		*now = WISH_CLOSED;
	} else {
		*now = WISH_RULE_DRAINING;
		control->empty_since[rule] = 0;
		control->rule_until[rule] = deadline(ask->timeout_ms);
	}
}

static enum control_answer take_rules(struct control *control, const struct ask *ask)
{
	struct wishes before = control->wishes, *wishes = &control->wishes;
	bool open = false, was_open = false, moved = false;

	if (ask->rule != XNLB_ORDER_RULES &&
	    (ask->digest != control->digest || !ask->rule || ask->rule > control->cluster->rules))
		return CONTROL_NO_RULE;
	for (uint32_t i = 1; i <= control->cluster->rules; i++) {
		if (ask->rule == XNLB_ORDER_RULES || ask->rule == i)
			set_rule(control, ask, i);
		open = wishes->rule[i] == WISH_OPEN;
		was_open = before.rule[i] == WISH_OPEN;
		moved |= open != was_open;
	}
	if (moved && !++wishes->closed)
		wishes->closed = 1; /* 0 is for a list that never was */
	return CONTROL_TAKEN;
}

static enum control_answer do_here(struct control *control, const struct ask *ask)
{
	enum control_answer answer = CONTROL_TAKEN;

	switch (ask->verb) {
	case CONTROL_ENABLE:
	case CONTROL_DISABLE:
	case CONTROL_DRAIN:
		answer = take_rules(control, ask);
		break;
	case CONTROL_WEIGHT:
		control->wishes.weight = ask->weight;
		break;
	default:
		answer = take_part(control, ask);
	}
	if (answer == CONTROL_TAKEN)
		tell(control);
	return answer;
}

/* ---- requests ---- */

static bool is_sane(const struct ask *ask)
{
	return ask->verb > 0 && ask->verb < CONTROL_VERBS && ask->weight <= XNLB_WEIGHT_MAX;
}

void control_news(struct control *control, const struct beat_news *news)
{
	const struct asks *asks = &news->asks;
	uint32_t number = asks->own.number - control->base;
	struct control_answers *answers = &control->answers[number % REQUESTS];

	control->news = *news;
	for (; control->asked < news->asked; control->asked++) {
		const struct beat_asked *asked = &news->ask[control->asked % BEAT_ASKED];
		enum control_answer answer;

		if (news->asked - control->asked > BEAT_ASKED || !is_sane(&asked->ask))
			continue;
		answer = do_here(control, &asked->ask);
		say_note("node %u asked: %s", asked->from, word_of(verb_words, asked->ask.verb));
		beat_answer(control->beat, asked->from, asked->ask.number, (uint8_t)answer);
	}
	for (int i = 0; asks->own.number && number == control->number && i < XNLB_NODES_MAX; i++)
		if (asks->answered >> i & 1)
			answers->answer[i] = asks->answer[i];
}

static bool needs_rule(enum control_verb verb)
{
	return verb == CONTROL_ENABLE || verb == CONTROL_DISABLE || verb == CONTROL_DRAIN;
}

/* Only one request to all nodes is on its way at a time. */
static bool is_waiting(const struct control *control)
{
	const struct control_answers *answers = &control->answers[control->all % REQUESTS];

	if (!control->all || !instant_before(clock_now(), control->all_until))
		return false;
	for (int i = 0; i < XNLB_NODES_MAX; i++)
		if (answers->asked >> i & 1 && !answers->answer[i])
			return true;
	return false;
}

int control_ask(struct control *control, const struct control_request *request, uint32_t *number)
{
	node_set others = cluster_nodes(control->cluster) & ~node_bit(control->self);
	struct control_answers *answers = &control->answers[(control->number + 1) % REQUESTS];
	struct ask ask = {
		.number = control->base + control->number + 1,
		.verb = (uint8_t)request->verb,
		.weight = request->weight,
		.rule = rule_number(control->cluster, request->rule),
		.timeout_ms = request->timeout_ms,
		.digest = control->digest,
		.of = others & control->news.live,
	};

	if (!is_sane(&ask) || (needs_rule(request->verb) && !ask.rule))
		return -EINVAL;
	if (request->all && is_waiting(control))
		return -EBUSY;
	control->number++;
	memset(answers, 0, sizeof(*answers));
	answers->asked = node_bit(control->self);
	if (request->all) {
		answers->asked |= others;
		for (int i = 0; i < XNLB_NODES_MAX; i++)
			if ((others & ~ask.of) >> i & 1)
				answers->answer[i] = CONTROL_ABSENT;
		control->all = control->number;
		control->all_until = instant_after(clock_now(), ASK_US);
		beat_ask(control->beat, &ask);
	}
	answers->answer[control->self - 1] = (uint8_t)do_here(control, &ask);
	*number = control->number;
	return 0;
}

int control_answers(const struct control *control, uint32_t number, struct control_answers *out)
{
	const struct control_answers *answers = &control->answers[number % REQUESTS];

	if (number > control->number || control->number - number >= REQUESTS || !answers->asked)
		return -ENOENT;
	*out = *answers;
	return 0;
}

/* ---- the rest ---- */

void control_state(const struct control *control, struct control_state *out)
{
	const struct wishes *wishes = &control->wishes;
	struct publisher_held held;

	publisher_held(control->publisher, &held);
	memset(out, 0, sizeof(*out));
	out->part = wishes->part;
	out->weight = wishes->weight;
	out->draining = drains(control);
	out->connections = held.all;
	out->rule[0].connections = held.rule[0];
	for (uint32_t i = 1; i <= control->gone_by->rules; i++) {
		uint16_t number = rule_number(control->cluster, control->gone_by->rule[i - 1].name);

		if (number && number != XNLB_ORDER_RULES)
			out->rule[i].state = (enum wish_rule)wishes->rule[number];
		out->rule[i].connections = held.rule[i];
	}
}

void control_gone_by(struct control *control, const struct cluster *cluster)
{
	control->gone_by = cluster;
}

void control_configure(struct control *control, const struct cluster *cluster, uint64_t digest,
		       struct beat_offer *out)
{
	const struct wishes before = control->wishes;
	struct instant until[XNLB_RULES_MAX + 1];

	memcpy(until, control->rule_until, sizeof(until));
	memset(control->wishes.rule, 0, sizeof(control->wishes.rule));
	for (int i = 0; i <= XNLB_RULES_MAX; i++)
		control->rule_until[i] = INSTANT_NEVER;
	for (unsigned int i = 0; i < cluster->rules; i++) {
		uint16_t old = rule_number(control->cluster, cluster->rule[i].name);

		if (!old || old > control->cluster->rules)
			continue;
		control->wishes.rule[i + 1] = before.rule[old];
		control->rule_until[i + 1] = until[old];
	}
	/* The same rules may have other numbers. */
	if (before.closed && !++control->wishes.closed)
		control->wishes.closed = 1;
	memset(control->empty_since, 0, sizeof(control->empty_since));
	control->cluster = cluster;
	control->digest = digest;
	control_offer(control, out);
	wishes_write(control->path, cluster, &control->wishes);
}
