#!/bin/sh
# Adds to .env the secrets that compose.yaml needs and .env lacks, generated here and shown to nobody: sh docker/fill-env.sh
set -eu
cd "$(dirname "$0")/.."
umask 077
file=${1:-.env}
touch "$file"
chmod 600 "$file"

random() { # BYTES, as hexadecimal digits
  od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'
}

add() { # NAME VALUE
  grep -q "^$1=." "$file" && return
  sed -i.old "/^$1=\$/d" "$file" && rm -f "$file.old"
  [ -z "$(tail -c 1 "$file")" ] || echo >> "$file"
  printf '%s=%s\n' "$1" "$2" >> "$file"
  echo "added $1" >&2
}

add S3_ACCESS_KEY "$(random 10)"
add S3_SECRET_KEY "$(random 20)"
add POSTGRES_PASSWORD "$(random 20)"
grep -q '^COMPOSE_PROFILES=' "$file" || add COMPOSE_PROFILES kafka,s3,trino
