#!/usr/bin/env bash
# Whether the member in this container can do its part: it is primary or secondary, or waits for the set to be initiated.
# Sends `hello` in MongoDB's wire protocol, because mongosh takes a second of computation each time. It is asked under the
# name of the container: the server that runs for a moment while the image makes the first user listens on 127.0.0.1 only.
set -euo pipefail

exec 3<>"/dev/tcp/${CHECK_HOST:-$HOSTNAME}/${CHECK_PORT:-27017}"
# Header: 52 bytes, request 1, answer to none, OP_MSG (2013). No flags; one document, { hello: 1, $db: 'admin' }.
printf '\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00' >&3
printf '\x00\x00\x00\x00\x00\x1f\x00\x00\x00\x10hello\x00\x01\x00\x00\x00\x02\x24db\x00\x06\x00\x00\x00admin\x00\x00' >&3

length=$(head -c 4 <&3 | od -An -v -tu4 | tr -d ' ')
answer=$(head -c "$((length - 4))" <&3 | od -An -v -tx1 | tr -d ' \n')
is_true() { [[ $answer == *"$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')0001"* ]]; }
is_true isWritablePrimary || is_true secondary || is_true isreplicaset
