#!/bin/sh
# Checks the shell scripts with shellcheck and the Dockerfile with hadolint. Neither comes with npm, so what this machine has
# not is named and left out.
set -eu
cd "$(dirname "$0")/../.."

run() { # tool, arguments
  if command -v "$1" >/dev/null; then
    printf '%s\n' "$*"
    "$@"
  else
    printf '%s is not installed: not checked\n' "$1" >&2
  fi
}

run shellcheck deploy/docker/*.sh deploy/kafka/*.sh deploy/kubernetes/*.sh deploy/mongo/*.sh scripts/api.sh
run hadolint Dockerfile
