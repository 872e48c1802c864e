/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames of random flows, sent by a socket in the sender's namespace (lab.sh). */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

struct wire;

#define WIRE_FRAMES (4 * 65536) /* of one wire_send: 65536 clients and ports, four times */

struct wire *wire_open(void);
void wire_close(struct wire *wire);

/* ns for each frame. To the device that discards at once, or to the node's NIC. */
enum wire_to { TO_DISCARD, TO_NIC };
double wire_send(struct wire *wire, enum wire_to to);

#endif
