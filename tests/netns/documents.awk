# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Of a document's indented examples, the commands: one line each, "LINE<TAB>COMMAND<TAB>FIELDS", where
# FIELDS are the names in the output that the document shows, such as "layout:" or "rule". A command
# begins with "# " and goes on while it ends with "|" or a quotation is open.

function flush() {
	if (command != "")
		print line "\t" command "\t" fields
	command = fields = ""
	open = 0
}

/^    / {
	text = substr($0, 5)
	if (text ~ /^# /) {
		flush()
		line = NR
		command = substr(text, 3)
		reading = 1
	} else if (reading && command != "" && open) {
		command = command " " text
	} else if (command != "") {
		rest = text
		while (match(rest, /"[a-z_0-9]+":/)) {
			fields = fields " " substr(rest, RSTART + 1, RLENGTH - 3)
			rest = substr(rest, RSTART + RLENGTH)
		}
		next
	} else
		next
	quotes = gsub(/'/, "'", command)
	open = quotes % 2 || command ~ /\|[ \t]*$/
	next
}

{ flush() }

END { flush() }
