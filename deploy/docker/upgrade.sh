#!/bin/sh
# Replaces the six applications by the image that is there now, one at a time, each when the one before it is ready: workers
# first, and with the argument `back` the API nodes first. docs/upgrading.md says why.
set -eu

workers='server-application-1 server-application-2 server-application-3'
nodes='client-application-1 client-application-2 client-application-3'
if [ "${1:-}" = back ]; then order="$nodes $workers"; else order="$workers $nodes"; fi

for service in $order; do
  printf 'Replacing %s.\n' "$service"
  docker compose up --no-build --no-deps --detach --wait --wait-timeout 300 "$service"
done
