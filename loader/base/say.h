/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Messages for people, on stderr: one line each, "xnlb: " first. A failure is reported once, where
 * most is known about it; whoever returns an error up the stack says nothing more. Where
 * stderr is the journal, each line has its level.
 */
#ifndef BASE_SAY_H
#define BASE_SAY_H

void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
