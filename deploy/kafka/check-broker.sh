#!/usr/bin/env bash
# Whether the broker in this container answers requests: asks it for the versions that it speaks. A broker binds its port
# long before it answers, so that a connection alone proves little; and Kafka's own tools start a Java process, which is
# seconds of computation each time.
set -euo pipefail

exec 3<>"/dev/tcp/${CHECK_HOST:-127.0.0.1}/${CHECK_PORT:-9092}"
# Ten bytes follow: ApiVersions (18), version 0, correlation id 7, no client id.
printf '\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x07\xff\xff' >&3
# The answer: its length, the correlation id, an error code.
answer=$(head -c 10 <&3 | od -An -v -tx1 | tr -d ' \n')
[[ $answer == ????????000000070000 ]]
