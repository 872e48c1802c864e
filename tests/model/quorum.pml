/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The membership with a quorum (R9), against an adversary: three nodes, one bucket. At any moment any node
 * may propose any view of two or three nodes with any higher epoch; any heartbeat may be lost, or reach a node
 * that does not follow it (for it does not know the view's configuration), or be kept back for as long as
 * LATE of them; any node may get no further for as long as it likes while its data plane goes on, yield, be
 * fenced, crash, and start again in a new life. Time passes by ticks, as many as it likes.
 *
 * So what makes Liveness is not here, and nothing depends on delays: of R10 and the failure detector nothing is
 * needed for Safety, which is: never do two nodes accept, whoever hears whom.
 *
 * -DLEASE=2      lease, in ticks; who is silent for SUSPECT of them is not heard any more
 * -DEPOCHS=3     views have epochs up to this one; the first has 1
 * -DCRASHES=1    crashes of all nodes together
 * -DLATE=1       heartbeats that come late, one at a time
 * -DNO_SUSPECTS  without the action "extend": all members are needed to prolong a lease
 * -DALL_HEAR     no node is deaf: all say that they hear all
 * -DNO_YIELDS    without the action "yield"
 * -DMUTANT_...   breaks one rule: see the file mutants
 *
 * R3's extra wait is left out: here it is not needed. Also not here: weights, configurations, LEAVE, clocks of
 * different rates, two nodes of one id.
 */
#include "view.pml"

#ifndef LEASE
#define LEASE 2
#endif
#ifndef SUSPECT
#define SUSPECT 1
#endif
#ifdef ALL_HEAR
#define DEAF 0
#else
#define DEAF SUSPECT
#endif
#ifdef MUTANT_R3_SHORT
#define WAIT (LEASE - 1)
#else
#define WAIT LEASE
#endif
#ifndef EPOCHS
#define EPOCHS 3
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LATE
#define LATE 1
#endif

#define NOTHING 0
#define KEPT 1
#define ALL 2

/* What a node knows of another one: ages in ticks, that stop at what matters. */
typedef Peer {
	byte heard;	/* since its life of today was heard at all */
	byte silent;	/* R3: since it was heard operating */
	byte ack;	/* since its newest heartbeat that is acknowledged to it was sent */
	byte acked	/* since the own newest heartbeat that it acknowledged was sent */
}

typedef Node {
	bit up;
	byte life;
	byte state, own;
	bit accepts;	/* its data plane's table gives it the bucket */
	byte lease;	/* since what it counts from was sent; it ends at LEASE */
	byte ready;	/* set: seen READY in this view */
	int view, base, last;
	Peer peer[NODES]
}

/* A heartbeat. */
typedef Frame {
	bit used;
	byte from, to;
	byte life;	/* of the sender */
	byte hears;	/* the receiver's life that it hears; 0: none */
	byte state;
	int view, last;
	byte age;	/* since it was sent */
	byte ack	/* since the heartbeat was sent that it acknowledges; LEASE: none */
}

Node n[NODES];
Frame kept_back;
byte crashes, lates;

hidden byte x, oldest;
hidden byte kept;
hidden Frame f;

#define OPERATES(i) (n[i].state != LISTEN)
#define RUNNING(i) (n[i].lease < LEASE)
#define ACCEPTS(i) (n[i].up && RUNNING(i) && n[i].accepts)
#define SAFE (!(ACCEPTS(0) && ACCEPTS(1)) && !(ACCEPTS(0) && ACCEPTS(2)) && !(ACCEPTS(1) && ACCEPTS(2)))

#define EACH(i, what) x = 0; do :: x < NODES && x != i -> what; x++ :: x < NODES && x == i -> x++ :: x == NODES -> break od; x = 0
#define WHEN(condition, what) if :: condition -> what :: else fi
#define SAY(what, i) printf("%d: ", i); printf(what); printf(", epoch %d by %d, members %d, accepting %d%d%d\n", \
	EPOCH(n[i].view), PROPOSER(n[i].view), MEMBERS(n[i].view), ACCEPTS(0), ACCEPTS(1), ACCEPTS(2))

#ifdef MUTANT_R5B	/* a lease that ended in PREP or READY is taken up again */
#define MAY_RENEW(i) OPERATES(i)
#else
#define MAY_RENEW(i) (OPERATES(i) && (RUNNING(i) || n[i].state == ACTIVE))
#endif

/* Rows 9 and 10; `without` is a member that is not asked, or the node itself. */
inline renew(i, without)
{
	if
	:: MAY_RENEW(i) ->
		oldest = 0;
		EACH(i, WHEN(x != without && IN(n[i].view, x) && n[i].peer[x].acked > oldest, oldest = n[i].peer[x].acked));
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

#ifdef MUTANT_R2_KEEP	/* keeps the bucket until ACTIVE */
#define KEEPS(i, next) 1
#else
#define KEEPS(i, next) OWNS(next, i)
#endif
#ifdef MUTANT_R6	/* acknowledges what came in while the sender was no member */
#define FORGET_ACK(i, next) skip
#define ACKNOWLEDGES(i) 1
#else
#define FORGET_ACK(i, next) WHEN(!SAME(n[i].view, next, x), n[i].peer[x].ack = LEASE)
#define ACKNOWLEDGES(i) HAS(n[i].view, f.from, f.life)
#endif

/* Row 4, and each proposal. R2. */
inline adopt(i, next)
{
	renew(i, i);
	kept = OPERATES(i) && n[i].own != NOTHING && RUNNING(i);
	if
	:: !kept -> n[i].base = 0
	:: kept && n[i].state == ACTIVE -> n[i].base = n[i].view
	:: else
	fi;
	EACH(i, WHEN(!(OPERATES(i) && SAME(n[i].view, next, x)), n[i].peer[x].acked = LEASE); FORGET_ACK(i, next));
	n[i].view = next;
	n[i].state = PREP;
	n[i].ready = 0;
	n[i].own = (kept -> KEPT : NOTHING);
	n[i].accepts = n[i].accepts && kept && KEEPS(i, next);
	kept = 0;
	SAY("moves", i)
}

inline listen(i)
{
	n[i].state = LISTEN;
	n[i].ready = 0;
	n[i].lease = LEASE;
	keep_nothing(i)
}

#ifdef MUTANT_R5C	/* any member's acknowledgement counts */
#define COUNTS(i) 1
#else
#define COUNTS(i) (f.state >= READY || n[i].base != 0 && \
	HAS(f.last, i, n[i].life) && SAME(f.last, f.view, i) && f.last >> 9 >= n[i].base >> 9)
#endif
#ifdef MUTANT_R5_ARRIVAL	/* the lease counts from when the acknowledgement came */
#define AGE 0
#else
#define AGE f.ack
#endif
#ifdef MUTANT_R3_ACKED	/* who is acknowledged, and neither hears this node nor operates its view, is not waited for */
#define WAITED_FOR(i) (f.state != LISTEN && (f.hears == n[i].life || n[i].view == f.view))
#define WAITED_FOR_AFTER(i) 0
#elif defined(MUTANT_R3_JOINER)	/* nor who is acknowledged in LISTEN */
#define WAITED_FOR(i) (f.state != LISTEN && (f.hears == n[i].life || n[i].view == f.view))
#define WAITED_FOR_AFTER(i) (f.state != LISTEN && HAS(n[i].view, f.from, f.life))
#else
#define WAITED_FOR(i) (f.state != LISTEN && (f.hears == n[i].life || n[i].view == f.view))
#define WAITED_FOR_AFTER(i) HAS(n[i].view, f.from, f.life)
#endif

/* The frame f arrives at i, which follows it or does not. */
inline hear(i, follows)
{
	n[i].peer[f.from].heard = (f.life == n[f.from].life -> 0 : n[i].peer[f.from].heard);
	WHEN(WAITED_FOR(i), n[i].peer[f.from].silent = 0);	/* row 6 */
	WHEN(follows, adopt(i, f.view));
	WHEN(WAITED_FOR_AFTER(i), n[i].peer[f.from].silent = 0);
	WHEN(ACKNOWLEDGES(i), n[i].peer[f.from].ack = f.age);	/* row 7 */
	if
	:: OPERATES(i) && f.state != LISTEN && f.view == n[i].view ->
		WHEN(n[i].state != ACTIVE && f.state >= READY, n[i].ready = n[i].ready | BIT(f.from));	/* row 21 */
		if	/* row 8 */
		:: f.ack < LEASE && COUNTS(i) && AGE < n[i].peer[f.from].acked ->
			n[i].peer[f.from].acked = AGE;
			renew(i, i)
		:: else
		fi
	:: else
	fi
}

#define RELEASE(g) g.used = 0; g.from = 0; g.to = 0; g.life = 0; g.hears = 0; g.state = 0; g.view = 0; g.last = 0; \
	g.age = 0; g.ack = 0
#define FILL(g, i, j) g.used = 1; g.from = i; g.to = j; g.life = n[i].life; \
	g.hears = (n[i].peer[j].heard < SUSPECT -> n[j].life : 0); g.state = n[i].state; g.view = n[i].view; \
	g.last = n[i].last; g.age = 0; g.ack = n[i].peer[j].ack
#define FOLLOWS(i, its_state, its_view) (its_state != LISTEN && HIGHER(its_view, n[i].view) && HAS(its_view, i, n[i].life))

#define HEARTBEAT(i, j) \
	:: d_step { n[i].up && n[j].up && n[i].view != 0 -> \
		printf("%d > %d\n", i, j); FILL(f, i, j); hear(j, 0); RELEASE(f); assert(SAFE) } \
	:: d_step { n[i].up && n[j].up && FOLLOWS(j, n[i].state, n[i].view) -> \
		printf("%d > %d\n", i, j); FILL(f, i, j); hear(j, 1); RELEASE(f); assert(SAFE) } \
	:: d_step { n[i].up && n[i].view != 0 && !kept_back.used && lates < LATE -> \
		printf("%d > %d is late\n", i, j); lates++; FILL(kept_back, i, j) }
#define COPY(g) f.from = g.from; f.to = g.to; f.life = g.life; f.hears = g.hears; f.state = g.state; f.view = g.view; \
	f.last = g.last; f.age = g.age; f.ack = g.ack
#define COMES \
	:: d_step { kept_back.used && n[kept_back.to].up -> \
		printf("a late one\n"); COPY(kept_back); RELEASE(kept_back); hear(f.to, 0); RELEASE(f); assert(SAFE) } \
	:: d_step { kept_back.used && n[kept_back.to].up && FOLLOWS(kept_back.to, kept_back.state, kept_back.view) -> \
		printf("a late one\n"); COPY(kept_back); RELEASE(kept_back); hear(f.to, 1); RELEASE(f); assert(SAFE) } \
	:: d_step { kept_back.used -> RELEASE(kept_back) }

#define LIFE_OF(i, members) ((members) >> (i) & 1 -> n[i].life << 2 * (i) : 0)
#define PROPOSE(i, epoch, members) \
	:: d_step { n[i].up && epoch <= EPOCHS && EPOCH(n[i].view) < epoch && (members >> i & 1) -> \
		f.view = VIEW(epoch, i, members, LIFE_OF(0, members) | LIFE_OF(1, members) | LIFE_OF(2, members)); \
		adopt(i, f.view); f.view = 0; assert(SAFE) }
#ifdef MUTANT_R9_PROPOSE	/* a minority proposes */
#define PROPOSE_EPOCH(i, epoch) PROPOSE(i, epoch, 7) PROPOSE(i, epoch, 6) PROPOSE(i, epoch, 5) PROPOSE(i, epoch, 3) \
	PROPOSE(i, epoch, 1) PROPOSE(i, epoch, 2) PROPOSE(i, epoch, 4)
#else
#define PROPOSE_EPOCH(i, epoch) PROPOSE(i, epoch, 7) PROPOSE(i, epoch, 6) PROPOSE(i, epoch, 5) PROPOSE(i, epoch, 3)
#endif
#if EPOCHS > 3
#define PROPOSALS(i) PROPOSE_EPOCH(i, 2) PROPOSE_EPOCH(i, 3) PROPOSE_EPOCH(i, 4)
#elif EPOCHS > 2
#define PROPOSALS(i) PROPOSE_EPOCH(i, 2) PROPOSE_EPOCH(i, 3)
#else
#define PROPOSALS(i) PROPOSE_EPOCH(i, 2)
#endif

#ifdef MUTANT_R3_WAIT	/* does not wait for leases to end */
#define OVER(i, x) 1
#else
#define OVER(i, x) (n[i].peer[x].silent >= WAIT)
#endif
#define SILENT(i, x) ((x) == (i) || IN(n[i].view, x) || OVER(i, x))
#ifdef MUTANT_R4	/* accepts before all are READY */
#define ALL_READY(i) 1
#else
#define ALL_READY(i) (n[i].ready == MEMBERS(n[i].view))
#endif

/* Rows 20 and 22. */
#define PROGRESS(i) \
	:: d_step { n[i].up && n[i].state == PREP && SILENT(i, 0) && SILENT(i, 1) && SILENT(i, 2) -> \
		n[i].state = READY; n[i].last = n[i].view; n[i].ready = n[i].ready | BIT(i); SAY("is ready", i) } \
	:: d_step { n[i].up && n[i].state == READY && ALL_READY(i) -> \
		n[i].state = ACTIVE; n[i].base = 0; n[i].ready = 0; n[i].own = ALL; n[i].accepts = OWNS(n[i].view, i); \
			renew(i, i); SAY("is active", i); assert(SAFE) }

/* R5e: j is not asked, while the lease runs and another member is heard. The adversary says when j is suspect. */
#ifdef MUTANT_R9_LEASE	/* a minority prolongs its lease */
#define ENOUGH(i) 1
#else
#define ENOUGH(i) (MEMBERS(n[i].view) == 7)
#endif
#ifdef MUTANT_R5E_REVIVE
#define MAY_EXTEND(i) 1
#else
#define MAY_EXTEND(i) RUNNING(i)
#endif
#ifdef NO_SUSPECTS
#define EXTEND(i, j)
#else
#define EXTEND(i, j) \
	:: d_step { n[i].up && OPERATES(i) && MAY_EXTEND(i) && IN(n[i].view, j) && ENOUGH(i) && n[i].lease != 0 -> \
		renew(i, j); SAY("does without another", i); assert(SAFE) }
#endif

/* Rows 5, 12, 13 and 25. */
#ifdef NO_YIELDS
#define YIELD(i)
#else
#define YIELD(i) \
	:: d_step { n[i].up && OPERATES(i) -> listen(i); SAY("listens", i) } \
	:: d_step { n[i].up && OPERATES(i) && RUNNING(i) -> n[i].lease = LEASE; SAY("is fenced", i); \
		WHEN(n[i].state != ACTIVE, keep_nothing(i)) }
#endif

#define CRASH(i) \
	:: d_step { n[i].up && n[i].life < 3 && crashes < CRASHES -> \
		printf("%d: crashes\n", i); crashes++; listen(i); n[i].up = 0; n[i].view = 0; n[i].last = 0; \
		EACH(i, n[i].peer[x].heard = SUSPECT; n[i].peer[x].silent = 0; n[i].peer[x].ack = LEASE; \
			n[i].peer[x].acked = LEASE; n[x].peer[i].heard = SUSPECT) }
#ifdef MUTANT_R3_START	/* a start is not "heard everybody now" */
#define START(i) :: d_step { !n[i].up -> printf("%d: starts\n", i); n[i].up = 1; n[i].life++; EACH(i, n[i].peer[x].silent = WAIT) }
#else
#define START(i) :: d_step { !n[i].up -> printf("%d: starts\n", i); n[i].up = 1; n[i].life++ }
#endif

#define OLDER(age, limit) age = (age < limit -> age + 1 : limit)

inline tick()
{
	printf("tick, accepting %d%d%d\n", ACCEPTS(0), ACCEPTS(1), ACCEPTS(2));
	f.from = 0;
	do
	:: f.from < NODES ->
		if
		:: n[f.from].up ->
			OLDER(n[f.from].lease, LEASE);
			EACH(f.from, OLDER(n[f.from].peer[x].heard, DEAF); OLDER(n[f.from].peer[x].silent, WAIT);
				OLDER(n[f.from].peer[x].ack, LEASE); OLDER(n[f.from].peer[x].acked, LEASE))
#ifndef MUTANT_R5B
			;	/* row 11 */
			WHEN(OPERATES(f.from) && n[f.from].state != ACTIVE && !RUNNING(f.from), keep_nothing(f.from))
#endif
		:: else
		fi;
		f.from++
	:: else -> break
	od;
	f.from = 0;
	WHEN(kept_back.used, OLDER(kept_back.age, LEASE); OLDER(kept_back.ack, LEASE))
}

init {
	d_step {
		f.from = 0;
		do
		:: f.from < NODES ->
			n[f.from].up = 1; n[f.from].life = 1; n[f.from].state = ACTIVE; n[f.from].own = ALL;
			n[f.from].view = VIEW(1, 0, 7, 21); n[f.from].last = n[f.from].view;
			n[f.from].accepts = (f.from == FIRST);
			f.from++
		:: else -> break
		od;
		f.from = 0
	}
	do
	HEARTBEAT(0, 1) HEARTBEAT(0, 2) HEARTBEAT(1, 0) HEARTBEAT(1, 2) HEARTBEAT(2, 0) HEARTBEAT(2, 1)
#if LATE > 0
	COMES
#endif
	PROPOSALS(0) PROPOSALS(1) PROPOSALS(2)
	PROGRESS(0) PROGRESS(1) PROGRESS(2)
	EXTEND(0, 1) EXTEND(0, 2) EXTEND(1, 0) EXTEND(1, 2) EXTEND(2, 0) EXTEND(2, 1)
	YIELD(0) YIELD(1) YIELD(2)
	CRASH(0) CRASH(1) CRASH(2)
	START(0) START(1) START(2)
	:: d_step { tick(); assert(SAFE) }
	od
}
