/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libbpf and libxdp print what they think of a failure. Here that becomes a part of the one message
 * about it. XNLB_DEBUG in the environment shows all that they say, the verifier's log too.
 */
#ifndef DATAPLANE_COMPLAINT_H
#define DATAPLANE_COMPLAINT_H

#define COMPLAINT_SIZE 256

/* From now on the first complaint is kept; an earlier one is forgotten. */
void complaint_listen(void);

/* It, without a new line; empty if there was none. */
const char *complaint(void);

/* Makes this the complaint: one that another process has heard. */
void complaint_take(const char *said);

#endif
