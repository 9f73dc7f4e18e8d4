#!/usr/bin/env bash
# Makes the secrets of the replica set at the first start, in a volume of their own: no copy is on the host or in an image,
# and they are removed together with the data that they protect. At later starts it only writes the URI again.
#   keyfile, root-password, application-password, backup-password
#                               for the members and the job that sets the set up; theirs alone
#   backup.yaml, restore.yaml   the URIs for mongodump and mongorestore, which read them from a file; their user's alone
#   client-application.env      the URI, for the client-applications, which run as another user
set -euo pipefail

secrets=${SECRETS_DIRECTORY:-/data/configdb}
umask 377

# Hexadecimal, so that a URI can hold it as it is. Written aside first: a start that is cut off leaves no half secret.
make_secret() { # name bytes
  local path=$secrets/$1
  if [[ -s $path ]]; then return; fi
  rm -f "$path.new"
  od -An -v -tx1 -N "$2" /dev/urandom | tr -d ' \n' >"$path.new"
  mv "$path.new" "$path"
  printf 'make-secrets: made %s\n' "$1"
}

make_secret keyfile 384
make_secret root-password 24
make_secret application-password 24
make_secret backup-password 24

members=mongo-1:27017,mongo-2:27017,mongo-3:27017
write_file() { # name text
  rm -f "$secrets/$1.new"
  printf '%s\n' "$2" >"$secrets/$1.new"
  mv -f "$secrets/$1.new" "$secrets/$1"
}
options='replicaSet=mathmill&authSource=admin'
write_file backup.yaml "uri: mongodb://backup:$(<"$secrets/backup-password")@$members/?$options&readPreference=secondaryPreferred"
write_file restore.yaml "uri: mongodb://root:$(<"$secrets/root-password")@$members/?$options"

rm -f "$secrets/client-application.env.new"
printf 'MONGODB_URI=mongodb://mathmill:%s@%s/mathmill?replicaSet=mathmill&authSource=mathmill\n' \
  "$(<"$secrets/application-password")" "$members" >"$secrets/client-application.env.new"
# All users of this one volume may read it; only the client-applications and the members have the volume.
chmod 444 "$secrets/client-application.env.new"
mv -f "$secrets/client-application.env.new" "$secrets/client-application.env"
