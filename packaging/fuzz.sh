#!/usr/bin/env bash
# Runs every fuzz target of the project for the time given (default 10s).
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do
	grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/^func //' | while read -r target; do
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$dir"
	done
done
