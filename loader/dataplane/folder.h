/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Folders of the BPF file system that hold our pins, and who may change them: root and the user who
 * runs the command, nobody else. Whoever could would have the command attach programs of theirs, or
 * read what is not theirs. What is checked is what is open; and as nobody else can rename anything
 * on the way there, it keeps its name.
 */
#ifndef DATAPLANE_FOLDER_H
#define DATAPLANE_FOLDER_H

#define FOLDER_BPFFS "/sys/fs/bpf"

/*
 * The BPF file system's own folder. Its descriptor; -ENODEV if it is not mounted (not reported);
 * -EPERM if others may rename what is in it, or another -errno (reported).
 */
int folder_open_bpffs(void);

/*
 * The folder `name` in `at`; `path` is what messages call it. Its descriptor; -ENOENT (not
 * reported); -EPERM if it is another user's or open to others; another -errno (reported).
 */
int folder_open(int at, const char *name, const char *path);

#endif
