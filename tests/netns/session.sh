# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For scripts that make a lab for a person: a folder, the clean-up, and what must be there.

# shellcheck source=tests/netns/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"

session_end() {
	lab_down
	rm -rf "$LAB_DIR"
}

# session_start: a lab with servers, removed when the script ends, however it ends.
session_start() {
	if ((EUID)); then
		echo "The lab needs root: it makes network namespaces and loads BPF programs." >&2
		exit 1
	fi
	LAB_DIR=$(mktemp -d -t xnlb-lab.XXXXXX)
	trap session_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	lab_up 0
	lab_serve
	PATH=$(dirname "$XNLB"):$PATH
}
