#!/usr/bin/env bash
# Starts a replica set of MongoDB itself in containers, runs the tests of the store on it, and removes it.
set -euo pipefail
cd "$(dirname "$0")/../.."

compose=(docker compose --file .github/replica-set/docker-compose.yml)
trap '"${compose[@]}" --profile initiate down --volumes --timeout 5' EXIT

"${compose[@]}" up --detach --wait --wait-timeout 120
"${compose[@]}" run --rm initiate
export MATHMILL_TEST_MONGODB_URI='mongodb://127.0.0.1:37017,127.0.0.1:37018,127.0.0.1:37019/?replicaSet=mathmill'
node --import ./test/property-seed.ts --test --test-concurrency=1 'test/store/mongo/*.distributed.ts'
