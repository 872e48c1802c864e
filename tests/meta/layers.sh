#!/usr/bin/env bash
# layers.sh ROOT: each floor includes only what lies below it. The table is the rule.
. "$(dirname "$0")/common.bash"

# A function of its arguments needs no more of the C library than this.
pure='<(assert|ctype|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h>|<(arpa/inet|netinet/in)\.h>'
# The C library: what it installs flat, by exclusion of the others, and its folders.
libc='<(arpa|net|netinet|netpacket|sys)/[a-z0-9_]+\.h>|<[a-z0-9_]+\.h>'
others='<(libfyaml|sodium|jansson|curl|microhttpd|libelf|gelf|zlib|systemd)[a-z0-9_/-]*\.h>'
kernel='<(linux|asm)/[a-z0-9_]+\.h>'
contracts='<xnlb/[a-z0-9_]+\.h>'

# floor, what its files may include; "!" in front of a pattern: not even if another pattern has it
floors() {
	cat <<-END
		include/xnlb      <linux/types\.h>|$contracts
		maps              <linux/bpf\.h>|<bpf/bpf_helpers\.h>|$contracts
		bpf               $kernel|<std(bool|def)\.h>|<bpf/bpf_[a-z_]+\.h>|<xdp/xdp_helpers\.h>|$contracts|"maps\.h"|"[a-z0-9_]+\.h"
		loader/base       $libc|$contracts|"base/[a-z0-9_]+\.h"
		loader/core       $pure|$contracts|"core/[a-z0-9_]+\.h"
		loader/config     $libc|<(libfyaml|sodium|jansson)\.h>|$contracts|"(base|core|config)/[a-z0-9_]+\.h"
		loader/dataplane  $libc|$kernel|<sodium\.h>|<bpf/(bpf|btf|libbpf)\.h>|<xdp/libxdp\.h>|<libmnl/libmnl\.h>|$contracts|"(base|core|dataplane)/[a-z0-9_]+\.h"|"xnlb\.skel\.h"
		loader/daemon     $libc|$kernel|<(jansson|microhttpd|sodium)\.h>|<bpf/libbpf\.h>|<systemd/(sd-daemon|sd-event)\.h>|$contracts|"(base|core|dataplane|daemon)/[a-z0-9_]+\.h"
		loader/cli        $libc|$kernel|<(jansson|sodium)\.h>|<curl/curl\.h>|<bpf/libbpf\.h>|$contracts|"(base|core|config|dataplane|daemon|cli)/[a-z0-9_]+\.h"
	END
}

# names TEXT HEADER: does the text have the header's base name as a word?
names() {
	local base=${2##*/}
	[[ $1 =~ (^|[^a-z0-9_])${base%.h>}($|[^a-z0-9_]) ]]
}

while read -r floor allowed; do
	while IFS=: read -r file line text; do
		[[ $text =~ [\<\"][^\>\"]*[\>\"] ]]
		header=${BASH_REMATCH[0]}
		if ! [[ $header =~ ^($allowed)$ ]] ||
			{ [[ $header =~ ^($others)$ ]] && ! names "$allowed" "${header#[<\"]}"; }; then
			violation "$file:$line: $floor may not include $header"
		fi
	done < <(files "$floor" -- '*.c' '*.h' | xargs -r grep -nHE '^[[:space:]]*#[[:space:]]*include')
done < <(floors)

# Nothing may stand outside the table.
while read -r folder; do
	floors | grep -q "^$folder " || violation "$folder:1: no floor of tests/meta/layers.sh"
done < <(files include maps bpf loader -- '*.c' '*.h' | xargs -r dirname | sort -u)

verdict
