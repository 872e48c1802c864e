#!/usr/bin/env bash
# words.sh ROOT: nothing says that it is unfinished, and no path of a particular machine occurs.
. "$(dirname "$0")/common.bash"

# Written so that they do not find themselves.
unfinished='\b(TO[D]O|FI[X]ME|XX[X]|HAC[K]|WI[P])\b'
machine='(^|[^A-Za-z0-9_./-])/(wor[k]|far[m]|home/[a-z]+|Users)/'

while IFS= read -r line; do
	violation "$line"
done < <(
	{
		files bench bpf docs examples include loader maps packaging scripts tests vmtest .ci -- '*'
		ls -d Makefile ./*.md LICENSE .clang* .gitignore 2>/dev/null
	} | xargs -r -d '\n' grep -InE "$unfinished|$machine"
)
verdict
