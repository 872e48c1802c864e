/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* read(2) and write(2) that go on until all is done. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

/* Up to `size` bytes, fewer only at the end of the file. The number read or -errno. */
ssize_t file_read(int fd, void *buffer, size_t size);
/* 0 or -errno. */
int file_write(int fd, const void *buffer, size_t size);

#endif
