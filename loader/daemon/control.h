/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What operators ask of nodes while they run: NLB's verbs. A request comes from the API; what it
 * asks of other nodes goes to them with the heartbeats, and what they ask of this one comes from
 * there. Runs in the main thread.
 *
 * Nothing that is asked cuts a connection off: who stops, or closes a rule, takes no new ones, and
 * goes on with those that it has. A drain is done when the last of them has ended, or at its
 * timeout.
 *
 * What was asked holds until something else is, also if the daemon is started anew: it is kept in
 * /run/xnlb/INSTANCE.asked (wishes.h). A reboot forgets it.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <systemd/sd-event.h>

#include "daemon/beat.h"
#include "daemon/wishes.h"

enum control_verb {
	CONTROL_START = 1, /* takes part; not while suspended */
	CONTROL_STOP,	   /* gives up its share and leaves */
	CONTROL_DRAINSTOP, /* gives up its share, and leaves when its last connection has ended */
	CONTROL_SUSPEND,   /* stops, and refuses to start until it is resumed */
	CONTROL_RESUME,	   /* is again what it was when it was suspended */
	CONTROL_ENABLE,	   /* the rule: takes its share of it again */
	CONTROL_DISABLE,   /* the rule: gives up its share of it */
	CONTROL_DRAIN,	   /* the same; done when the last of its connections has ended */
	CONTROL_WEIGHT,	   /* percent of the weights that the configuration gives it */
	CONTROL_VERBS
};

struct control_request {
	enum control_verb verb;
	bool all;		   /* of all nodes, else of this one */
	char rule[XNLB_NAME_SIZE]; /* enable, disable, drain: a rule's name, or "all" */
	uint8_t weight;		   /* weight: 0 to 100 */
	uint32_t timeout_ms;	   /* drainstop, drain: 0: none */
};

/* How a node answered. */
enum control_answer {
	CONTROL_NONE,	   /* not yet; after 3 s nothing comes any more */
	CONTROL_TAKEN,	   /* it does so */
	CONTROL_NO_RULE,   /* it has no such rule, or another configuration */
	CONTROL_SUSPENDED, /* it is suspended */
	CONTROL_ABSENT,	   /* it is not heard, so it was not asked */
	CONTROL_ANSWERS
};

struct control_answers {
	node_set asked;
	uint8_t answer[XNLB_NODES_MAX]; /* enum control_answer, by node id - 1, of those asked */
};

/* What this node has been asked to be, and how far it is. */
struct control_state {
	enum wish_part part;
	uint8_t weight;
	bool draining;	      /* the node or some rule still waits for connections to end */
	uint32_t connections; /* of clients, that this node holds; TCP; at most 10 s old */
	/* By rule number, [0] for what no rule covers. */
	struct {
		enum wish_rule state;
		uint32_t connections;
	} rule[XNLB_RULES_MAX + 1];
};

struct control;

/* Reads what was asked before. `cluster` outlives it. 0 or -errno (reported). */
int control_open(const char *instance, const struct cluster *cluster, uint8_t self,
		 struct control **out);
void control_close(struct control *control); /* takes NULL */

/* What this node offers the cluster. */
void control_offer(const struct control *control, struct beat_offer *out);

/* From now on it works. What is given outlives it. 0 or -errno (reported). */
int control_begin(struct control *control, sd_event *event, struct beat *beat,
		  struct publisher *publisher, uint64_t digest);

/* Can it serve at all? If not, or if it ends, it takes no part, whatever was asked. */
void control_fit(struct control *control, bool fit);

/* There is news: of the view, of requests, of answers. */
void control_news(struct control *control, const struct beat_news *news);

/* Another configuration: rules go by their names. What the node offers then. */
void control_configure(struct control *control, const struct cluster *cluster, uint64_t digest,
		       struct beat_offer *out);

/*
 * Does what is asked of this node, and passes on what is asked of others. `*number` is for
 * control_answers. 0; -EINVAL: a verb, weight or rule that there is not; -EBUSY: other nodes have
 * not answered the one before, wait for 3 s at most. Nothing was done then.
 */
int control_ask(struct control *control, const struct control_request *request, uint32_t *number);

/* 0, or -ENOENT: no such request, or too old. */
int control_answers(const struct control *control, uint32_t number, struct control_answers *out);

/* By the rule numbers of the configuration that is gone by. */
void control_state(const struct control *control, struct control_state *out);

/* That configuration is another one now; it lives until the next call. */
void control_gone_by(struct control *control, const struct cluster *cluster);

#endif
