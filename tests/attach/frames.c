// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * frames watch INTERFACE: prints "watching", then each frame that comes in, a line of hexadecimal
 * digits. Runs until it is killed.
 * frames send INTERFACE HEX: sends one frame.
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netns/link.h"

#define FRAME_MAX 2048

static void watch(int fd)
{
	uint8_t frame[FRAME_MAX];
	ssize_t size;

	puts("watching");
	for (;;) {
		fflush(stdout);
		if (poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1) < 0)
			err(1, "poll");
		while ((size = recv(fd, frame, sizeof(frame), 0)) > 0) {
			for (ssize_t i = 0; i < size; i++)
				printf("%02x", frame[i]);
			putchar('\n');
		}
	}
}

static void send_one(int fd, const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t frame[FRAME_MAX];

	if (size > sizeof(frame))
		errx(2, "a frame of at most %d bytes", FRAME_MAX);
	for (size_t i = 0; i < size; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &frame[i]) != 1)
			errx(2, "%s: hexadecimal digits", hex);
	if (send(fd, frame, size, 0) != (ssize_t)size)
		err(1, "send");
}

int main(int argc, char **argv)
{
	uint8_t mac[6];

	if (argc == 3 && !strcmp(argv[1], "watch"))
		watch(link_open(argv[2], mac));
	if (argc != 4 || strcmp(argv[1], "send") != 0)
		errx(2, "usage: frames watch INTERFACE | frames send INTERFACE HEX");
	send_one(link_open(argv[2], mac), argv[3]);
	return 0;
}
