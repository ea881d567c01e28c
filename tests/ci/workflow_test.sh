#!/usr/bin/env bash
# Runs the steps of docs/github-actions.yml as GitHub would, on a run that is fine and on one that needs more memory.
#
#   workflow_test.sh MEMLOG SOURCE
set -euo pipefail
memlog=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/memory"
ln -s "$memlog" "$work/bin/memlog"
export PATH="$work/bin:$PATH" GITHUB_STEP_SUMMARY="$work/summary.md"
cd "$work"

# The program of the workflow: a log of one of the sample days.
day() { printf '#!/bin/sh\ncat %s\n' "$source/testdata/daily/memory_$1.log" > run-with-memory-log && chmod +x run-with-memory-log; }
printf 'max-rss 650MB\nmax-task Download=300MB\n' > memory/rules.txt
memlog by-task --json "$source/testdata/daily/memory_20251006.log" > memory/accepted.json
cp memory/accepted.json before.json

# The `run: |` blocks, one file each.
awk '/^ *run: \|$/ { n += 1; match($0, /^ */); indent = RLENGTH + 2; inside = 1; next }
     inside { match($0, /^ */); if (RLENGTH >= indent) { print substr($0, indent + 1) > ("step" n ".sh"); next } inside = 0 }' "$source/docs/github-actions.yml"
steps=$(ls step*.sh | wc -l)
[ "$steps" -eq 5 ] || { echo "the workflow has $steps steps with commands, this test knows 5" >&2; exit 1; }

run_step() { bash -e "step$1.sh" > "step$1.out" 2> "step$1.err" && status=0 || status=$?; }
expect() { [ "$status" -eq "$2" ] || { echo "step $1: status $status, expected $2" >&2; cat "step$1.out" "step$1.err" >&2; exit 1; }; }

day 20251006
for step in 1 2 3 4 5; do run_step "$step"; expect "$step" 0; done
grep -q '^## MEMORY REPORT' summary.md
grep -q 'Content-Security-Policy' memory.html
[ -s accepted.json ]

day 20251007
rm accepted.json
run_step 1; expect 1 0
run_step 2; expect 2 0
run_step 3; expect 3 1
grep -q '^::error file=memory.log,line=140,title=memlog check --max-rss 650MB::RSS 710.3 MB is above 650.0 MB' step3.out
run_step 4; expect 4 1
grep -q '^::error file=memory.log,' step4.out
run_step 5; expect 5 1
[ ! -e accepted.json ] || { echo "a failing run became the baseline" >&2; exit 1; }
cmp memory/accepted.json before.json
echo "$steps steps, twice"
