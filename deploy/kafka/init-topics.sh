#!/usr/bin/env bash
# Makes the topics that are missing and leaves the others as they are, so that it can run at every start. Ends with an
# error when the brokers do not answer in time, or when a topic is there with fewer partitions than it must have.
set -euo pipefail

: "${KAFKA_URI:?host:port of the brokers, separated by commas}"
kafka_topics=${KAFKA_HOME:-/opt/kafka}/bin/kafka-topics.sh
attempts=${ATTEMPTS:-30}
pause_s=${PAUSE_S:-2}

replicas=3
in_sync_replicas_min=2
# The outcomes of one chunk may take 10 MiB, before compression.
message_bytes_max=16777216
day_ms=86400000

# Name, partitions, how long messages are kept. Nobody reads dead letters fast, but somebody has to look at them.
topics="application.operation.request 60 $day_ms
application.operation.response 60 $day_ms
application.operation.dead-letter 6 $((7 * day_ms))"

log() { printf 'init-topics: %s\n' "$*"; }

# Each attempt starts a Java process of some seconds; the pause between is for brokers that are not up yet.
retry() {
  local attempt
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    if "$@"; then return 0; fi
    log "attempt $attempt of $attempts failed" >&2
    if ((attempt < attempts)); then sleep "$pause_s"; fi
  done
  log "gave up on: $*" >&2
  return 1
}

describe() { described=$("$kafka_topics" --bootstrap-server "$KAFKA_URI" --describe); }

# Another that sets the same cluster up may be faster, and topics can be made only once three brokers are there.
create() {
  "$kafka_topics" --bootstrap-server "$KAFKA_URI" --create --if-not-exists --topic "$1" --partitions "$2" \
    --replication-factor "$replicas" --config "min.insync.replicas=$in_sync_replicas_min" \
    --config "max.message.bytes=$message_bytes_max" --config "retention.ms=$3"
}

# Partitions of a topic in what was described; nothing when it is not there.
partitions_of() { awk -v topic="$1" '$1 == "Topic:" && $2 == topic { for (i = 3; i < NF; i++) if ($i == "PartitionCount:") print $(i + 1) }' <<<"$described"; }

described=''
retry describe
while read -r topic partitions retention_ms <&3; do
  found=$(partitions_of "$topic")
  if [[ -z $found ]]; then
    retry create "$topic" "$partitions" "$retention_ms"
    log "made $topic with $partitions partitions"
  elif ((found < partitions)); then
    log "$topic has $found partitions and must have $partitions: kafka-topics.sh --alter --topic $topic --partitions $partitions" >&2
    exit 1
  else
    log "$topic is there, with $found partitions"
  fi
done 3<<<"$topics"
