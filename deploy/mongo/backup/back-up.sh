#!/usr/bin/env bash
# Dumps the replica set as of one moment (--oplog) into a folder, which gets its name when the dump is complete and on the disk.
# Of the dump only Mathmill's database is kept: it holds no users and no passwords, so that a restore changes none of them.
# The newest BACKUPS_KEPT dumps stay. The user needs the role `backup`. docs/backup.md tells how to use it.
set -euo pipefail

folder=${BACKUP_DIRECTORY:-/backups}
database=${DATABASE:-mathmill}
kept=${BACKUPS_KEPT:-7}
config=${TOOLS_CONFIG:-/data/configdb/backup.yaml}
unfinished=$folder/unfinished
umask 077

# A connection string in a file of its own, such as a secret of Kubernetes. The tools take the database that it names for the one
# to dump, and --oplog is about all of them. No command line ever holds the password.
if [[ -n ${URI_FILE:-} ]]; then
  config=${TMPDIR:-/tmp}/tools.yaml
  uri=$(<"$URI_FILE")
  printf 'uri: %s\n' "${uri/\/admin\?//?}" >"$config"
fi

rm -rf "$unfinished"
mongodump --config "$config" --oplog --gzip --out "$unfinished"
for part in oplog.bson "$database"; do
  if [[ ! -e $unfinished/$part ]]; then
    printf 'back-up: the dump has no %s\n' "$part" >&2
    exit 1
  fi
done
find "$unfinished" -mindepth 1 -maxdepth 1 -type d ! -name "$database" -exec rm -rf {} +
find "$unfinished" -type f -exec sync {} +

name=mathmill-$(date -u +%Y-%m-%dT%H-%M-%SZ)
mv "$unfinished" "$folder/$name"
sync "$folder"
printf 'back-up: wrote %s, %s\n' "$name" "$(du -sh "$folder/$name" | cut -f1)"

dumps=("$folder"/mathmill-*)
for ((index = 0; index < ${#dumps[@]} - kept; index += 1)); do
  rm -rf "${dumps[index]}"
  printf 'back-up: removed %s\n' "$(basename "${dumps[index]}")"
done
