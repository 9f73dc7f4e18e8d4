#!/usr/bin/env bash
# Uses a running Mathmill through the `api-…` targets of the Makefile, as a person would: makes jobs, waits until they are
# completed, compares every answer, and deletes one. Reads API_URL, and JOBS_MIN: how many jobs must be there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

limit_seconds=60

fail() {
  printf 'check-api: %s\n' "$1" >&2
  exit 1
}

# The named field of the JSON object on standard input.
field() {
  node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8"))[process.argv[1]]' "$1"
}

# Result or error code of every operation of the page on standard input, in order.
answers() {
  node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).items.map((o) => o.result ?? o.error.code).join(" ")'
}

create() { # what; prints the id
  make --silent "api-create-job-with-$1" | field id
}

wait_until_completed() { # id
  local status='' deadline=$((SECONDS + limit_seconds))
  until [[ $status == Completed ]]; do
    ((SECONDS < deadline)) || fail "job $1 is $status after $limit_seconds s"
    status=$(make --silent api-get-job JOB_ID="$1" 2>/dev/null | field status)
    sleep 0.5
  done
}

check() { # what, expected answers; leaves the id in $job
  job=$(create "$1")
  wait_until_completed "$job"
  local actual
  actual=$(make --silent api-get-job-operations JOB_ID="$job" | answers)
  [[ $actual == "$2" ]] || fail "$1: expected $2, got $actual"
  printf 'check-api: %s: %s\n' "$1" "$actual"
}

before=$(make --silent api-get-jobs | field total)
((before >= ${JOBS_MIN:-0})) || fail "there are $before jobs, not $JOBS_MIN"

check single-operation '7'
check error-operation '3 DIV0'
check multiple-operations '7 0.3 1.414213562373095048801688724209698 512'
[[ $(make --silent api-get-job-operation JOB_ID="$job" OPERATION_ID=2 | field result) == 0.3 ]] || fail 'the second operation is not 0.3'
[[ $(make --silent api-get-jobs | field total) -eq $((before + 3)) ]] || fail 'the list has not all jobs'
make --silent api-delete-job JOB_ID="$job"
gone=$({ make --silent api-get-job JOB_ID="$job" 2>/dev/null || true; } | field code)
[[ $gone == JOB_NOT_FOUND ]] || fail "job $job is still there"
printf 'check-api: all as it should be\n'
