#!/usr/bin/env bash
# Starts one broker of the compose file: the settings that all brokers share, and after them what is this one's own.
set -euo pipefail

: "${BROKER_ID:?number of this broker, from 1}" "${BROKER_HOST:?name by which others reach it}"
: "${CLUSTER_ID:?the same on all brokers}" "${QUORUM_VOTERS:?id@host:port of all controllers}"

kafka=${KAFKA_HOME:-/opt/kafka}
shared=${SHARED_SETTINGS:-/mnt/shared/config/server.properties}
settings=${BROKER_SETTINGS:-/tmp/server.properties}
data=${DATA_DIRECTORY:-/var/lib/kafka/data}

cat "$shared" - >"$settings" <<EOF

node.id=$BROKER_ID
controller.quorum.voters=$QUORUM_VOTERS
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
advertised.listeners=PLAINTEXT://$BROKER_HOST:9092
log.dirs=$data
EOF

# Formatting again would do no harm, but a second Java process takes seconds of every start.
if [[ ! -e $data/meta.properties ]]; then
  "$kafka/bin/kafka-storage.sh" format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$settings"
fi
# Takes the place of this shell, so that the signal to stop reaches the broker.
exec "$kafka/bin/kafka-server-start.sh" "$settings"
