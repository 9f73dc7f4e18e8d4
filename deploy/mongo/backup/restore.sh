#!/usr/bin/env bash
# Puts a dump of back-up.sh in the place of Mathmill's database: restore.sh NAME. Users and passwords stay as they are. The
# client-applications must be stopped. The user needs the role `restore`. docs/backup.md tells how to use it.
set -euo pipefail

folder=${BACKUP_DIRECTORY:-/backups}
database=${DATABASE:-mathmill}
config=${TOOLS_CONFIG:-/data/configdb/restore.yaml}
name=${1:-}
umask 077

if [[ -z $name || ! -d $folder/$name/$database ]]; then
  printf 'restore: name one of these dumps:\n' >&2
  find "$folder" -mindepth 1 -maxdepth 1 -name 'mathmill-*' -printf '  %f\n' | sort >&2
  exit 2
fi

# As in back-up.sh.
if [[ -n ${URI_FILE:-} ]]; then
  config=${TMPDIR:-/tmp}/tools.yaml
  uri=$(<"$URI_FILE")
  printf 'uri: %s\n' "${uri/\/admin\?//?}" >"$config"
fi

mongorestore --config "$config" --oplogReplay --drop --stopOnError --gzip --dir "$folder/$name"
printf 'restore: restored %s; run "mathmill check" to see whether every job is whole\n' "$name"
