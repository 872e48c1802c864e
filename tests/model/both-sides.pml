/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The membership when both sides of a partition serve, in rounds: three nodes, one bucket, the rules R1
 * to R10 and the rows of docs/protocol.md as loader/core has them, with the real failure detector.
 *
 * In a round, which is one period T, each of the six links carries one heartbeat or loses it, never more
 * than TOLERANCE in a row; then each node ticks. At the start of a round a node may crash, start again in a
 * new life, or get stuck (its daemon stands still, its data plane goes on) and go on, and links may be cut
 * and healed. EVENTS bounds crashes, pauses and cuts together.
 *
 * Safety: no two nodes that can hear each other accept. They can when no link between them is cut, and HEARD
 * rounds after one was; AWAKES more for a daemon that was stuck then or since.
 * Liveness: CALM rounds after the last event one node accepts; of nodes that a cut leaves together too.
 *
 * -DNO_BLINK   only nodes 1 and 2 crash: node 0, which owns the bucket, must never pause
 * -DCUTS=1     cuts of a node from both others, both ways; 2: also one way, and single links
 * -DNO_PAUSES  no stuck daemons
 * -DQUORUM     R9; Safety then holds always, across cuts too
 * -DFIRST=1 -DSECOND=2 -DTHIRD=0   another order of owners
 * -DMUTANT_... breaks one rule: see the file mutants
 *
 * Not here: weights, configurations, LEAVE, two nodes of one id, stopped clocks, clocks of different rates, frames
 * that are late. What comes in for a daemon that is stuck is lost to it. Joins wait for 2 T, not for a second.
 */
#include "view.pml"

#ifndef TOLERANCE
#define TOLERANCE 1
#endif
#ifndef LEASE
#define LEASE (2 * (TOLERANCE + 1) + 2)
#endif
#ifndef SUSPECT
#define SUSPECT (TOLERANCE + 3)
#endif
#ifdef MUTANT_R3_SHORT	/* waits a period less than a lease */
#define WAIT (LEASE - 1)
#else
#define WAIT LEASE
#endif
#ifdef MUTANT_R3_UNMET
#define UNMET 0
#else
#define UNMET (TOLERANCE + 2)
#endif
#define TURN 2
#define QUIET 2
#define STRANGE 4
#define PATIENCE (2 * TURN + 2 * STRANGE) /* the longest that a wish waits */
#ifndef HEARD
#define HEARD (2 * (TOLERANCE + 1))
#endif
#ifndef AWAKES
#define AWAKES (TOLERANCE + 1)
#endif
#ifndef EVENTS
#define EVENTS 1
#endif
#ifndef CALM
#define CALM 32
#endif
#ifndef LIVES
#define LIVES 2	/* the last life of a node */
#endif

/* What a node holds of the bucket's kind: enum own of the core. */
#define NOTHING 0
#define KEPT 1
#define ALL 2

/* What a node knows of another one. Ages are in rounds, and stop at what matters. */
typedef Peer {
	byte life;		/* 0: none */
	byte candidate;		/* a new life that is not yet believed */
	byte candidate_heard;	/* age */
	byte heard;		/* age */
	byte wait;		/* R3: rounds until its lease is over for sure */
	byte hears;		/* set, as its last heartbeat said, of the lives that this node knows */
	byte two_way;		/* since when it has heard this node */
	bit operates, join;	/* as its last heartbeat said */
	bit in_view;		/* so did it of this node's view */
	bit seen;		/* has been seen in this view */
	byte outside;		/* age of that, or of the view */
	int view;		/* its view; kept in LISTEN only, for row 14 */
	byte ack;		/* age of its newest heartbeat that is acknowledged to it; LEASE: none */
	byte acked;		/* age of the own newest heartbeat that it acknowledged; LEASE: none */
	byte losses		/* in a row, on the link from it */
}

typedef Node {
	bit up;
	byte life;
	byte halt;	/* rounds that its daemon stands still, plus one; 0: it runs */
	byte state, own;
	bit accepts;	/* its data plane's table gives it the bucket */
	byte lease;	/* age; it ends at LEASE */
	byte ready;	/* set: seen READY in this view */
	byte booted;	/* age of its start, or of what counts as one */
	byte wish;	/* rounds that it has wished for another view, plus one; 0: it does not */
	bit join;
	byte epoch;	/* highest seen */
	int view, base, last;
	Peer peer[NODES]
}

Node n[NODES];
byte link;	/* next to carry a heartbeat; 0: the round starts, 7: the nodes tick */
byte events;
byte calm;	/* rounds since the last event */
byte cut;	/* set of links */
byte torn;	/* those that are cut, or were until lately */
byte healed;	/* age */
byte late;	/* nodes that have stood still since then */

/* Links are numbered from 1: 0>1, 0>2, 1>0, 1>2, 2>0, 2>1; in sets from bit 0. */
#define FROM ((link - 1) / 2)
#define TO ((link - 1) % 2 == 0 -> (FROM == 0 -> 1 : 0) : (FROM == 2 -> 1 : 2))
#define INTO(node) ((node) == 0 -> 20 : ((node) == 1 -> 33 : 10))
#define OUT_OF(node) (3 << 2 * (node))
#define BETWEEN(a, b) ((a) + (b) == 1 -> 5 : ((a) + (b) == 2 -> 18 : 40))

#define RUNS(i) (n[i].up && n[i].halt == 0)
#define OPERATES(i) (n[i].state != LISTEN)
#define RUNNING(i) (n[i].lease < LEASE) /* its lease */
#define ACCEPTS(i) (n[i].up && RUNNING(i) && n[i].accepts)
#define LIVE(i, x) ((x) != (i) && n[i].peer[x].heard < SUSPECT)
#define KNOWN_LIFE(i, x) ((x) == (i) -> n[i].life : n[i].peer[x].life)
/* The life of x that a heartbeat of i says that it hears. */
#define LISTED(i, x) (n[i].peer[x].heard < SUSPECT -> n[i].peer[x].life : \
	(n[i].peer[x].candidate_heard < SUSPECT -> n[i].peer[x].candidate : 0))
#define HEARS(i, x) (LISTED(i, x) == n[x].life)

/* Safety. */
#define STUCK(i) (n[i].up && n[i].halt != 0)
#define LATE(i) (late >> (i) & 1)
#define EXCUSED(a, b) ((torn & BETWEEN(a, b)) && \
	((cut & BETWEEN(a, b)) || healed < HEARD || (LATE(a) || LATE(b)) && healed < HEARD + AWAKES))
#ifdef QUORUM
#define DIFFER(a, b) (!(ACCEPTS(a) && ACCEPTS(b)))
#else
#define DIFFER(a, b) (!(ACCEPTS(a) && ACCEPTS(b)) || EXCUSED(a, b))
#endif
#define SAFE (DIFFER(0, 1) && DIFFER(0, 2) && DIFFER(1, 2))

/* Liveness. */
#define UP(set) ((set) & (n[0].up | n[1].up << 1 | n[2].up << 2))
#define ACCEPTING(set) COUNT((set) & (ACCEPTS(0) | ACCEPTS(1) << 1 | ACCEPTS(2) << 2))
#ifdef QUORUM
#define CAN_SERVE(set) (COUNT(UP(set)) >= 2)
#else
#define CAN_SERVE(set) (UP(set) != 0)
#endif
#define ONE(set) (!CAN_SERVE(set) || ACCEPTING(set) == 1)
#define ALONE(i) (cut == INTO(i) || cut == OUT_OF(i) || cut == (INTO(i) | OUT_OF(i)))
#define APART(i) (!ALONE(i) || ONE(7 - BIT(i)))
#define SERVED (cut == 0 && ONE(7) || cut != 0 && APART(0) && APART(1) && APART(2) && \
	(COUNT(UP(7)) < NODES || ALONE(0) || ALONE(1) || ALONE(2) || ACCEPTING(7) >= 1))
#define ALIVE (calm < CALM || STUCK(0) || STUCK(1) || STUCK(2) || SERVED)

/* For one step: no part of the state. */
hidden byte x, oldest, set, core, other, a, b, waits;
hidden byte kept, urgent, running, known;
hidden int v;
hidden byte s, d;

/* Each other node of i, as x. */
#define EACH(i, what) x = 0; do :: x < NODES && x != i -> what; x++ :: x < NODES && x == i -> x++ :: x == NODES -> break od; x = 0
#define WHEN(condition, what) if :: condition -> what :: else fi

#define SAY(what, i) printf("%d: ", i); printf(what); printf(", epoch %d by %d, members %d, accepting %d%d%d\n", \
	EPOCH(n[i].view), PROPOSER(n[i].view), MEMBERS(n[i].view), ACCEPTS(0), ACCEPTS(1), ACCEPTS(2))

/* Row 9, R5e: a member that is silent is not needed, while the lease runs; with a quorum, if others are heard. */
#define PRESENT(i, x) (LIVE(i, x) && IN(n[i].view, x) && n[i].peer[x].life == LIFE_IN(n[i].view, x))
#ifdef QUORUM
#ifdef MUTANT_R9_LEASE
#define ENOUGH(i) 1
#else
#define ENOUGH(i) (PRESENT(i, 0) || PRESENT(i, 1) || PRESENT(i, 2))
#endif
#else
#define ENOUGH(i) 1
#endif
#ifdef MUTANT_R5E_NEEDED	/* a suspect is needed to prolong a running lease */
#define NEEDS(i, x) 1
#else
#ifdef MUTANT_R5E_REVIVE	/* a suspect is not needed to revive a lease */
#define NEEDS(i, x) (PRESENT(i, x) || !ENOUGH(i))
#else
#define NEEDS(i, x) (PRESENT(i, x) || !RUNNING(i) || !ENOUGH(i))
#endif
#endif
#ifdef MUTANT_R5B	/* a lease that ended in PREP or READY is taken up again */
#define MAY_RENEW(i) OPERATES(i)
#else
#define MAY_RENEW(i) (OPERATES(i) && (RUNNING(i) || n[i].state == ACTIVE))
#endif

/* Rows 9 and 10. */
inline renew(i)
{
	if
	:: MAY_RENEW(i) ->
		oldest = 0;
		EACH(i, WHEN(IN(n[i].view, x) && NEEDS(i, x) && n[i].peer[x].acked > oldest, oldest = n[i].peer[x].acked));
		WHEN(oldest < n[i].lease, n[i].lease = oldest);
		oldest = 0
	:: else
	fi
}

inline keep_nothing(i)
{
	n[i].base = 0;
	n[i].own = NOTHING;
	n[i].accepts = 0
}

#ifdef MUTANT_R2_ACKS	/* forgets the acknowledgements of members that stay */
#define STAYS(i, x, next) 0
#else
#define STAYS(i, x, next) (OPERATES(i) && SAME(n[i].view, next, x))
#endif
#ifdef MUTANT_R2_KEEP	/* keeps the bucket until ACTIVE */
#define KEEPS(i, next) 1
#else
#define KEEPS(i, next) OWNS(next, i)
#endif
#ifdef MUTANT_R6	/* acknowledges what came in while the sender was no member */
#define FORGET_ACK(i, x, next) skip
#else
#define FORGET_ACK(i, x, next) WHEN(!SAME(n[i].view, next, x), n[i].peer[x].ack = LEASE)
#endif

/* Row 4, and each proposal of its own. R2. */
inline adopt(i, next)
{
	renew(i);
	kept = OPERATES(i) && n[i].own != NOTHING && RUNNING(i);
	if
	:: !kept -> n[i].base = 0
	:: kept && n[i].state == ACTIVE -> n[i].base = n[i].view
	:: else
	fi;
	EACH(i, WHEN(!STAYS(i, x, next), n[i].peer[x].acked = LEASE);
		FORGET_ACK(i, x, next);
		n[i].peer[x].seen = 0; n[i].peer[x].in_view = 0; n[i].peer[x].outside = 0; n[i].peer[x].view = 0);
	n[i].view = next;
	WHEN(EPOCH(next) > n[i].epoch, n[i].epoch = EPOCH(next));
	n[i].state = PREP;
	n[i].ready = 0;
	n[i].wish = 0;
	n[i].join = 0;
	n[i].own = (kept -> KEPT : NOTHING);
	n[i].accepts = n[i].accepts && kept && KEEPS(i, next);
	kept = 0;
	SAY("moves", i)
}

/* Row 5. */
inline listen(i)
{
	n[i].state = LISTEN;
	n[i].wish = 0;
	n[i].ready = 0;
	n[i].lease = LEASE;
	keep_nothing(i);
	SAY("listens", i)
}

/* Rows 1, 12 and 13. */
inline restart(i)
{
	listen(i);
	n[i].join = 0;
#ifdef MUTANT_R3_START	/* a start is not "heard everybody now" */
	n[i].booted = WAIT + UNMET;
	EACH(i, n[i].peer[x].wait = 0)
#else
	n[i].booted = 0;
	EACH(i, n[i].peer[x].wait = WAIT + UNMET)
#endif
}

/* A heartbeat of a life that was not known, and is now. */
inline reborn(i, j)
{
	n[i].peer[j].life = n[j].life;
	n[i].peer[j].candidate = 0;
	n[i].peer[j].candidate_heard = SUSPECT;
	n[i].peer[j].hears = 0;
	n[i].peer[j].seen = 0;
	n[i].peer[j].in_view = 0;
	n[i].peer[j].acked = LEASE;
	n[i].peer[j].ack = LEASE;
	n[i].ready = n[i].ready & (7 - BIT(j));
	EACH(i, n[i].peer[x].hears = n[i].peer[x].hears & (7 - BIT(j)))
}

/* Is it of a life that is believed? */
inline believe(i, j)
{
	known = 1;
	if
	:: n[i].peer[j].life != n[j].life ->
		n[i].peer[j].candidate = n[j].life;
		n[i].peer[j].candidate_heard = 0;
		if
		:: HEARS(j, i) && !LIVE(i, j) -> reborn(i, j)
		:: else -> known = 0
		fi
	:: else
	fi
}

#ifdef MUTANT_R8_HEARING	/* yields to, and waits for, who does not hear it */
#define HEEDS(j, i) 1
#else
#define HEEDS(j, i) HEARS(j, i)
#endif
#define SHARES(i, j) (OPERATES(i) && OPERATES(j) && n[i].view == n[j].view)

/* Rows 3 and 6: what heartbeats of j say. */
inline note(i, j)
{
	n[i].peer[j].heard = 0;
	WHEN(!(n[i].peer[j].hears & BIT(i)), n[i].peer[j].two_way = 0);
	n[i].peer[j].hears = 0;
	x = 0;
	do
	:: x < NODES && x != j && LISTED(j, x) != 0 && LISTED(j, x) == KNOWN_LIFE(i, x) ->
		n[i].peer[j].hears = n[i].peer[j].hears | BIT(x);
		x++
	:: x == NODES -> break
	:: else -> x++
	od;
	x = 0;
	n[i].peer[j].operates = OPERATES(j);
	n[i].peer[j].join = n[j].join;
	WHEN(OPERATES(j) && (HEARS(j, i) || n[i].view == n[j].view),
		n[i].peer[j].wait = WAIT + (HEARS(j, i) && HAS(n[j].view, i, n[i].life) -> 0 : UNMET))
}

/* Rows 4 and 5. */
inline follow(i, j)
{
	WHEN(EPOCH(n[j].view) > n[i].epoch, n[i].epoch = EPOCH(n[j].view));
	if
	:: OPERATES(j) && HIGHER(n[j].view, n[i].view) ->
		if
		:: HAS(n[j].view, i, n[i].life) -> v = n[j].view; adopt(i, v); v = 0
#ifndef MUTANT_R8_YIELD
		:: !HAS(n[j].view, i, n[i].life) && OPERATES(i) && HEEDS(j, i) -> listen(i)
#endif
		:: else
		fi
	:: else
	fi
}

#ifdef MUTANT_R5C	/* any member's acknowledgement counts */
#define COUNTS(i, j) 1
#else
#define COUNTS(i, j) (n[j].state >= READY || n[i].base != 0 && \
	HAS(n[j].last, i, n[i].life) && SAME(n[j].last, n[j].view, i) && n[j].last >> 9 >= n[i].base >> 9)
#endif
#ifdef MUTANT_R5_ARRIVAL	/* the lease counts from when the acknowledgement came */
#define AGE(i, j) 0
#else
#define AGE(i, j) n[j].peer[i].ack
#endif
#ifdef MUTANT_R6
#define ACKNOWLEDGES(i, j) 1
#else
#define ACKNOWLEDGES(i, j) HAS(n[i].view, j, n[j].life)
#endif

/* R3: whose heartbeat is acknowledged has a lease that may count from it, whatever its state. */
#ifdef MUTANT_R3_ACKED
#define WAIT_FOR(i, j) skip
#else
#define WAIT_FOR(i, j) WHEN(n[i].peer[j].wait < WAIT, \
	n[i].peer[j].wait = WAIT + (OPERATES(j) && !HEARS(j, i) -> UNMET : 0))
#endif

/* A heartbeat of j arrives at the daemon of i. */
inline hear(i, j)
{
	believe(i, j);
	if
	:: known ->
		note(i, j);
		follow(i, j);
		WHEN(ACKNOWLEDGES(i, j), n[i].peer[j].ack = 0);	/* row 7 */
		WHEN(HAS(n[i].view, j, n[j].life), WAIT_FOR(i, j));
		n[i].peer[j].view = (OPERATES(i) || !OPERATES(j) -> 0 : n[j].view);
		if
		:: SHARES(i, j) ->
			n[i].peer[j].in_view = 1;
			n[i].peer[j].seen = 1;
			n[i].peer[j].outside = 0;
			WHEN(n[i].state != ACTIVE && n[j].state >= READY, n[i].ready = n[i].ready | BIT(j)); /* row 21 */
			if	/* row 8 */
			:: n[j].peer[i].ack < LEASE && COUNTS(i, j) && AGE(i, j) < n[i].peer[j].acked ->
				n[i].peer[j].acked = AGE(i, j);
				renew(i)
			:: else
			fi
		:: else -> n[i].peer[j].in_view = 0
		fi
	:: else
	fi;
	known = 0
}

/* R8, row 25: it arrives at the data plane, which needs no daemon. */
#ifdef MUTANT_R8_FENCE
#define FENCED(i, j) 0
#else
#define FENCED(i, j) (OPERATES(j) && RUNNING(i) && (HEARS(j, i) || n[i].lease >= SUSPECT) && \
	HIGHER(n[j].view, n[i].view) && !HAS(n[j].view, i, n[i].life))
#endif

inline arrive(i, j)
{
	n[i].peer[j].losses = 0;
	WHEN(FENCED(i, j), n[i].lease = LEASE; SAY("is fenced", i));
	WHEN(RUNS(i), hear(i, j))
}

#define TWO_WAY(i, x) (LIVE(i, x) && (n[i].peer[x].hears & BIT(i)))
#define JOINS(i, x) (!running || (n[i].peer[x].join || n[i].peer[x].operates) && n[i].peer[x].two_way >= QUIET)
#define SURVIVES(i, x) (IN(n[i].view, x) && n[i].peer[x].life == LIFE_IN(n[i].view, x))
#ifdef MUTANT_R10_UNSEEN	/* excludes a new member for its last word, LISTEN */
#define UNSEEN(i, x) 0
#else
#define UNSEEN(i, x) (!n[i].peer[x].seen && n[i].peer[x].outside < STRANGE)
#endif
#define ABLE(i, x) (!running || n[i].peer[x].join || n[i].peer[x].operates || UNSEEN(i, x))
#define FRESH(i, x) (n[i].peer[x].heard <= 2)

/* R10: the clique of i and two others, as far as they are in `core`, then in `other`; the result is `set`. */
#ifdef MUTANT_R10_CLIQUE
#define HEAR_EACH_OTHER(i) 1
#else
#define HEAR_EACH_OTHER(i) ((n[i].peer[a].hears & BIT(b)) && (n[i].peer[b].hears & BIT(a)))
#endif
inline find_clique(i)
{
	a = (i == 0 -> 1 : 0);
	b = (i == 2 -> 1 : 2);
	set = BIT(i) | core | other;
	if
	:: set != 7 || HEAR_EACH_OTHER(i) -> skip
	:: else ->
		if
		:: (other & BIT(a)) && (core & BIT(b)) -> set = set & (7 - BIT(a))
		:: (other & BIT(b)) && (core & BIT(a)) -> set = set & (7 - BIT(b))
		:: else -> set = set & (7 - (FRESH(i, b) && !FRESH(i, a) -> BIT(a) : BIT(b)))
		fi
	fi;
	a = 0; b = 0
}

#ifdef MUTANT_R10_JOINER	/* joiners in a view that excludes somebody */
#define NO_JOINERS(i) 0
#else
#define NO_JOINERS(i) (running && (n[i].state != ACTIVE || (MEMBERS(n[i].view) & (7 - set))))
#endif

/* The members that the next view should have; the result is `set`. */
inline find_members(i)
{
	core = 0; other = 0;
	EACH(i, WHEN(TWO_WAY(i, x) && SURVIVES(i, x) && ABLE(i, x), core = core | BIT(x)));
	find_clique(i);
	if
	:: NO_JOINERS(i) ->
		WHEN(n[i].state != ACTIVE && n[i].base != 0 && set != MEMBERS(n[i].view),
			set = set & (n[i].ready | COMMON(n[i].base, n[i].view) | BIT(i)))
	:: else ->
		core = set & (7 - BIT(i));
		EACH(i, WHEN(TWO_WAY(i, x) && !(core & BIT(x)) && JOINS(i, x), other = other | BIT(x)));
		find_clique(i)
	fi;
	core = 0; other = 0
}

#ifdef QUORUM
#ifdef MUTANT_R9_PROPOSE
#define MAY_SERVE(members) 1
#else
#define MAY_SERVE(members) (COUNT(members) >= 2)
#endif
#else
#define MAY_SERVE(members) 1
#endif

/* R9. The members are in `set`. */
inline propose(i)
{
	if
	:: MAY_SERVE(set) ->
		v = n[i].life << 2 * (i);
		EACH(i, WHEN(set & BIT(x), v = v | n[i].peer[x].life << 2 * x));
		v = VIEW((n[i].epoch > EPOCH(n[i].view) -> n[i].epoch : EPOCH(n[i].view)) + 1, i, set, v);
		adopt(i, v);
		v = 0
	:: else
	fi
}

#ifdef MUTANT_R10_SPLIT	/* a member outside the view is not taken back */
#define SPLIT(i, x) 0
#else
#define SPLIT(i, x) (!n[i].peer[x].in_view && n[i].peer[x].outside >= STRANGE)
#endif
#define ODD(i) (MEMBERS(n[i].view) != BIT(i) && !PRESENT(i, 0) && !PRESENT(i, 1) && !PRESENT(i, 2))
#ifdef MUTANT_R10_LEASELESS	/* who has no lease proposes as soon as others */
#define LEASELESS 0
#else
#define LEASELESS (2 * TURN)
#endif

/* Rows 16 to 19. */
inline propose_next(i)
{
	running = RUNNING(i);
	find_members(i);
	urgent = 0;
	waits = (running -> 0 : LEASELESS);
	EACH(i, if
		:: IN(n[i].view, x) && (!(set & BIT(x)) || !SURVIVES(i, x)) -> urgent = 1
		:: IN(n[i].view, x) && (set & BIT(x)) && SURVIVES(i, x) ->
			WHEN(SPLIT(i, x), urgent = 1);
			WHEN(x < i && LIVE(i, x) && n[i].peer[x].operates, waits = waits + TURN)
		:: else
		fi);
	if
	:: !urgent && set == MEMBERS(n[i].view) -> n[i].wish = 0
	:: !urgent && set != MEMBERS(n[i].view) && n[i].state != ACTIVE && running -> skip	/* row 18 */
	:: else ->
		WHEN(n[i].wish == 0, n[i].wish = 1);
		WHEN(urgent && ODD(i), waits = waits + STRANGE);	/* row 17 */
#ifdef TURNS_AFTER_QUIET
		WHEN(!urgent, waits = waits + QUIET);
#else
		WHEN(!urgent && waits < QUIET, waits = QUIET);
#endif
		WHEN(n[i].wish > waits, propose(i))
	fi;
	set = 0; urgent = 0; waits = 0; running = 0
}

#define SERVES(i, x) (TWO_WAY(i, x) && n[i].peer[x].operates)
#ifdef MUTANT_R8_PROPOSE	/* proposes a view while it hears an operating node */
#define HEARS_SERVING(i) 0
#else
#define HEARS_SERVING(i) (SERVES(i, 0) || SERVES(i, 1) || SERVES(i, 2))
#endif
#define WAITED(i) (n[i].booted == WAIT + UNMET)

/* Rows 14 and 15. */
inline propose_first(i)
{
	v = 0;
	core = 0; other = 0; waits = 0;
	n[i].join = WAITED(i);
	EACH(i, WHEN(SERVES(i, x) && HIGHER(n[i].peer[x].view, v), v = n[i].peer[x].view));
	if
	:: SERVES(i, 0) || SERVES(i, 1) || SERVES(i, 2) ->
		EACH(i, WHEN(v == 0 || !IN(v, x) && n[i].peer[x].wait != 0, n[i].join = 0))
	:: else
	fi;
	if
	:: !WAITED(i) || HEARS_SERVING(i) -> n[i].wish = 0
	:: else ->
		WHEN(n[i].wish == 0, n[i].wish = 1);
		EACH(i, WHEN(TWO_WAY(i, x), core = core | BIT(x)));
		find_clique(i);
		EACH(i, WHEN(x < i && (set & BIT(x)), waits = waits + TURN));
		WHEN(n[i].wish > waits, propose(i))
	fi;
	v = 0; core = 0; set = 0; waits = 0
}

#ifdef MUTANT_R3_WAIT	/* does not wait for leases to end */
#define OVER(i, x) 1
#else
#define OVER(i, x) (n[i].peer[x].wait == 0)
#endif
#define SILENT(i, x) ((x) == (i) || IN(n[i].view, x) || OVER(i, x))
#ifdef MUTANT_R4	/* accepts before all are READY */
#define ALL_READY(i) 1
#else
#define ALL_READY(i) (n[i].ready == MEMBERS(n[i].view))
#endif

/* Rows 11 to 22. */
inline tick(i)
{
	EACH(i, WHEN(!LIVE(i, x),
		n[i].peer[x].hears = 0; n[i].peer[x].operates = 0; n[i].peer[x].join = 0; n[i].peer[x].view = 0);
		WHEN(!(n[i].peer[x].hears & BIT(i)), n[i].peer[x].two_way = 0));
	if
	:: n[i].state == ACTIVE && !RUNNING(i) && MEMBERS(n[i].view) == BIT(i) ->
#ifdef MUTANT_R5D	/* a lease that ended while alone is taken up again */
		skip
#else
		restart(i)
#endif
#ifndef MUTANT_R5B
	:: OPERATES(i) && n[i].state != ACTIVE && !RUNNING(i) -> keep_nothing(i)
#endif
	:: else
	fi;
	if
	:: OPERATES(i) -> propose_next(i)
	:: else -> propose_first(i)
	fi;
	if
	:: n[i].state == PREP && SILENT(i, 0) && SILENT(i, 1) && SILENT(i, 2) ->
		n[i].state = READY;
		n[i].last = n[i].view;
		n[i].ready = n[i].ready | BIT(i);
		SAY("is ready", i)
	:: else
	fi;
	if
	:: n[i].state == READY && ALL_READY(i) ->
		n[i].state = ACTIVE;
		n[i].base = 0;
		n[i].ready = 0;
		n[i].own = ALL;
		n[i].accepts = OWNS(n[i].view, i);
		SAY("is active", i)
	:: else
	fi;
	renew(i)
}

#define OLDER(age, limit) age = (age < limit -> age + 1 : limit)

/* Leases and acknowledgements grow old by the clock, silence only while the node runs (R7). */
#ifdef MUTANT_R7
#define COUNTS_TIME(i) 1
#else
#define COUNTS_TIME(i) (n[i].halt <= 1)	/* of a step 2 T at most: the first round of a pause counts */
#endif

inline grow_old(i)
{
	OLDER(n[i].lease, LEASE);
	EACH(i, OLDER(n[i].peer[x].ack, LEASE); OLDER(n[i].peer[x].acked, LEASE));
	if
	:: COUNTS_TIME(i) ->
		OLDER(n[i].booted, WAIT + UNMET);
		WHEN(n[i].wish != 0 && n[i].wish <= PATIENCE, n[i].wish++);
		EACH(i, OLDER(n[i].peer[x].heard, SUSPECT);
			OLDER(n[i].peer[x].candidate_heard, SUSPECT);
			WHEN(n[i].peer[x].candidate_heard == SUSPECT, n[i].peer[x].candidate = 0);
			WHEN(n[i].peer[x].hears & BIT(i), OLDER(n[i].peer[x].two_way, QUIET));
			OLDER(n[i].peer[x].outside, STRANGE);
			WHEN(n[i].peer[x].wait != 0, n[i].peer[x].wait--))
	:: else
	fi;
	WHEN(n[i].halt != 0 && n[i].halt < SUSPECT, n[i].halt++)
}

#define EVENT events++; calm = 0

inline clear(i)
{
	n[i].halt = 0; n[i].view = 0; n[i].last = 0; n[i].epoch = 0;
	listen(i);
	n[i].booted = 0; n[i].join = 0;
	EACH(i, n[i].peer[x].life = 0; n[i].peer[x].candidate = 0; n[i].peer[x].candidate_heard = SUSPECT;
		n[i].peer[x].heard = SUSPECT; n[i].peer[x].wait = 0; n[i].peer[x].hears = 0; n[i].peer[x].two_way = 0;
		n[i].peer[x].operates = 0; n[i].peer[x].join = 0; n[i].peer[x].in_view = 0; n[i].peer[x].seen = 0;
		n[i].peer[x].outside = 0; n[i].peer[x].view = 0; n[i].peer[x].ack = LEASE; n[i].peer[x].acked = LEASE;
		n[i].peer[x].losses = 0)
}

#define CRASH(i) \
	:: d_step { link == 0 && n[i].up && n[i].life < LIVES && events < EVENTS -> \
		EVENT; printf("%d: crashes\n", i); n[i].up = 0; clear(i) }
#define START(i) \
	:: d_step { link == 0 && !n[i].up -> calm = 0; printf("%d: starts\n", i); n[i].up = 1; n[i].life++; restart(i) }
#define PAUSE(i) \
	:: d_step { link == 0 && RUNS(i) && events < EVENTS -> \
		EVENT; printf("%d: stands still\n", i); n[i].halt = 1; WHEN(torn != 0, late = late | BIT(i)) }

/* Row 13. */
#ifdef MUTANT_R5D
#define WAKE(i) skip
#else
#define WAKE(i) WHEN(n[i].halt >= SUSPECT, restart(i))
#endif
#define RESUME(i) \
	:: d_step { link == 0 && STUCK(i) -> calm = 0; printf("%d: goes on\n", i); WAKE(i); n[i].halt = 0 }
#define CUT(links) \
	:: d_step { link == 0 && cut == 0 && events < EVENTS -> \
		EVENT; printf("links %d are cut\n", links); cut = links; torn = torn | cut; healed = 0 }

#define CARRIES (RUNS(FROM) && n[TO].up && !(cut & BIT(link - 1)))

inline end_round()
{
	s = 0;
	do
	:: s < NODES ->
		WHEN(RUNS(s), tick(s));
		WHEN(n[s].up, grow_old(s));
		s++
	:: else -> break
	od;
	s = 0;
	calm = (calm < CALM -> calm + 1 : calm);
	if
	:: cut == 0 && torn != 0 ->
		healed++;
		WHEN(healed >= HEARD + AWAKES, torn = 0; healed = 0; late = 0)
	:: else
	fi;
	link = 0;
	assert(SAFE);
	assert(ALIVE);
#ifdef NO_BLINK
	assert(ACCEPTS(0))
#endif
}

init {
	d_step {
		s = 0;
		do
		:: s < NODES ->
			n[s].up = 1; n[s].life = 1; n[s].state = ACTIVE; n[s].own = ALL; n[s].accepts = (s == FIRST);
			n[s].epoch = 1; n[s].booted = WAIT + UNMET;
			n[s].view = VIEW(1, 0, 7, 21); n[s].last = n[s].view;
			EACH(s, n[s].peer[x].life = 1; n[s].peer[x].candidate_heard = SUSPECT; n[s].peer[x].hears = 7 - BIT(x);
				n[s].peer[x].two_way = QUIET; n[s].peer[x].operates = 1; n[s].peer[x].in_view = 1; n[s].peer[x].seen = 1);
			s++
		:: else -> break
		od;
		s = 0
	}
	do
#ifdef NO_BLINK
	CRASH(1) CRASH(2)
#ifndef NO_STARTS
	START(1) START(2)
#endif
#else
	CRASH(0) CRASH(1) CRASH(2)
	START(0) START(1) START(2)
#ifndef NO_PAUSES
	PAUSE(0) PAUSE(1) PAUSE(2)
	RESUME(0) RESUME(1) RESUME(2)
#endif
#ifdef CUTS
	CUT(INTO(0) | OUT_OF(0)) CUT(INTO(1) | OUT_OF(1)) CUT(INTO(2) | OUT_OF(2))
#if CUTS > 1
	CUT(INTO(0)) CUT(INTO(1)) CUT(INTO(2))
	CUT(OUT_OF(0)) CUT(OUT_OF(1)) CUT(OUT_OF(2))
	CUT(1) CUT(2) CUT(4) CUT(8) CUT(16) CUT(32)
#endif
	:: d_step { link == 0 && cut != 0 -> calm = 0; printf("links heal\n"); cut = 0; healed = 0;
		late = STUCK(0) | STUCK(1) << 1 | STUCK(2) << 2;
		n[0].peer[1].losses = 0; n[0].peer[2].losses = 0; n[1].peer[0].losses = 0;
		n[1].peer[2].losses = 0; n[2].peer[0].losses = 0; n[2].peer[1].losses = 0 }
#endif
#endif
	:: d_step { link == 0 -> printf("round\n"); link = 1 }
	:: d_step { link > 0 && link < 7 && CARRIES ->
		s = FROM; d = TO; arrive(d, s); link++; s = 0; d = 0; assert(SAFE) }
	:: d_step { link > 0 && link < 7 && CARRIES && n[TO].peer[FROM].losses < TOLERANCE ->
		s = FROM; d = TO; printf("%d: misses a heartbeat of %d\n", d, s); n[d].peer[s].losses++; link++; s = 0; d = 0 }
	:: d_step { link > 0 && link < 7 && !CARRIES -> link++ }
	:: d_step { link == 7 -> end_round() }
	od
}
