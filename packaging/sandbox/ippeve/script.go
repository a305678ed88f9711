package ippeve

// printScript is the printing mechanism: ippeveprinter calls it with a job's file as the last argument and takes
// STATE lines for what its sensors say. It would print a job that was cancelled while it waited for paper, which no
// real printer does: hence the question at the end.
const printScript = `#!/bin/sh
fault=$(cat "$KEYHALL_PRINTER/fault" 2>/dev/null)
if [ -n "$fault" ]; then
	echo "STATE: +$fault" >&2
	while [ -e "$KEYHALL_PRINTER/fault" ]; do sleep 0.1; done
	echo "STATE: -$fault" >&2
	exit 1
fi
for file; do :; done
if ipptool -d "job=$IPP_JOB_ID" "$KEYHALL_PRINTER_URI" "$KEYHALL_PRINTER/job.test" 2>/dev/null | grep -q -e cancel -e stop-point; then
	exit 0
fi
name=$(date +%Y%m%d-%H%M%S-%N)
cp "$file" "$KEYHALL_PRINTER/printed/.$name" && mv "$KEYHALL_PRINTER/printed/.$name" "$KEYHALL_PRINTER/printed/$name.pdf"
`

// jobQuestion asks ipptool for a job's state.
const jobQuestion = `{
	OPERATION Get-Job-Attributes
	GROUP operation-attributes-tag
	ATTR charset attributes-charset utf-8
	ATTR naturalLanguage attributes-natural-language en
	ATTR uri printer-uri $uri
	ATTR integer job-id $job
	DISPLAY job-state-reasons
}
`
