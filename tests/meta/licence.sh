#!/usr/bin/env bash
# licence.sh ROOT: each source file opens with its licence.
. "$(dirname "$0")/common.bash"

while read -r file; do
	head -n 1 "$file" | grep -qxE '(//|/\*) SPDX-License-Identifier: GPL-2\.0-only OR BSD-2-Clause( \*/)?' ||
		violation "$file:1: does not open with the line SPDX-License-Identifier"
done < <(files bench bpf include loader maps scripts tests vmtest -- '*.c' '*.h')
verdict
