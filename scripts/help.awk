# Prints the make targets with the comment that stands above their `.PHONY:` line.
/^# / {
	text = (text ? text " " : "") substr($0, 3)
	next
}
/^\.PHONY:/ {
	for (i = 2; i <= NF; i++) {
		printf "  %-16s %s\n", $i, text
	}
}
{ text = "" }
