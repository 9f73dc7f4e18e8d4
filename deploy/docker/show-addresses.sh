#!/bin/sh
# Says where everything is, once the cluster of the compose file runs, and a first thing to try. With the argument
# `observability`, of Grafana too.
set -eu

first=http://127.0.0.1:${CLIENT_APPLICATION_1_PORT:-8080}
cat <<E
Mathmill runs:
  API        $first  http://127.0.0.1:${CLIENT_APPLICATION_2_PORT:-8081}  http://127.0.0.1:${CLIENT_APPLICATION_3_PORT:-8082}  (the same jobs through each)
  API docs   $first/docs
  Prometheus http://127.0.0.1:${PROMETHEUS_PORT:-9090}
  Jaeger     http://127.0.0.1:${JAEGER_PORT:-16686}
E
if [ "${1:-}" = observability ]; then echo "  Grafana    http://127.0.0.1:${GRAFANA_PORT:-3000}"; fi
cat <<E
Try it:
  make api-create-job-with-multiple-operations && make api-get-jobs
E
