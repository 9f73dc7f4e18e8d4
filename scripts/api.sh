#!/bin/sh
# One request to the API of a running Mathmill, for the `api-…` targets of the Makefile: prints its request on standard error,
# prints the answer on standard output, ends with 1 when the server rejects and with 2 when something is missing.
#   scripts/api.sh create < FILE | create-table FORMULA < FILE | list | get | operations | operation | delete
# Reads API_URL, JOB_ID, OPERATION_ID, PAGE and PAGE_SIZE from the environment.
set -eu

api=${API_URL:-http://127.0.0.1:8080}
api=${api%/}/api/jobs

fail() {
  printf 'api: %s\n' "$1" >&2
  exit 2
}

# Ids become part of a path, so nothing that means something there may be in one.
id() { # variable, value
  case $2 in
    '') fail "$1 is missing, say which one: $1=..." ;;
    *[!A-Za-z0-9-]*) fail "$1 must be letters, digits and dashes" ;;
  esac
  printf '%s' "$2"
}

# The answer without its status is shown as it is when there is no Node to indent it, or when it is not JSON.
show() {
  printf '%s' "$1" | node -e '
    const text = require("node:fs").readFileSync(0, "utf8");
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch {}
    process.stdout.write(shown === "" || shown.endsWith("\n") ? shown : shown + "\n");
  ' 2>/dev/null || printf '%s\n' "$1"
}

request() { # method path [options of curl]
  method=$1 url=$api$2
  shift 2
  # The last line is the status and the address that was really asked, query included.
  answer=$(curl --silent --show-error --globoff --request "$method" --max-time 60 --write-out '\n%{http_code} %{url_effective}' "$@" -- "$url") ||
    fail "no answer from $url; is Mathmill running there? API_URL says where"
  last=${answer##*
}
  status=${last%% *}
  printf '%s %s -> %s\n' "$method" "${last#* }" "$status" >&2
  show "${answer%
*}"
  [ "$status" -lt 400 ]
}

page() {
  request GET "$1" --get --data-urlencode "page=${PAGE:-1}" --data-urlencode "size=${PAGE_SIZE:-30}"
}

command=${1:-}
case $command in
  create) request POST '' --header 'Content-Type: text/plain' --data-binary @- ;;
  create-table)
    query=$(node -p 'new URLSearchParams({ formula: process.argv[1] }).toString()' "${2:-}") || fail 'node is missing'
    request POST "?$query" --header 'Content-Type: text/csv' --data-binary @-
    ;;
  list) page '' ;;
  get)
    job=$(id JOB_ID "${JOB_ID:-}")
    request GET "/$job"
    ;;
  operations)
    job=$(id JOB_ID "${JOB_ID:-}")
    page "/$job/operations"
    ;;
  operation)
    job=$(id JOB_ID "${JOB_ID:-}")
    operation=$(id OPERATION_ID "${OPERATION_ID:-}")
    request GET "/$job/operations/$operation"
    ;;
  delete)
    job=$(id JOB_ID "${JOB_ID:-}")
    request DELETE "/$job"
    ;;
  *) fail "unknown request: $command" ;;
esac
