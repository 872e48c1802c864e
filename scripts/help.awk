# Prints the make targets with the first sentence of the comment above their `.PHONY:` line.
/^# / {
	text = (text ? text " " : "") substr($0, 3)
	next
}
/^\.PHONY:/ {
	sub(/\. .*/, ".", text)
	for (i = 2; i <= NF; i++)
		printf "  %-16s %s\n", $i, text
}
{ text = "" }
