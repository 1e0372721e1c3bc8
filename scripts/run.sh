#!/usr/bin/env bash
# Gets what is missing, builds, and becomes the server. All arguments go to `grandstand serve`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/needs.sh
. scripts/needs.sh

database_is_given() {
  [ -n "${DATABASE_URL:-}" ] || grep -Eqs '^[[:space:]]*(export[[:space:]]+)?DATABASE_URL=.' .env
}

# Cargo names each of some hundred packages; a count on one line says as much.
show_count() {
  local line count=0
  while IFS= read -r line; do
    case $line in
      *Compiling*) printf '\r%s packages compiled\e[K' $((count += 1)) >&2 ;;
      *Finished* | *Download* | *Updating* | *Locking*) ;;
      *) printf '\r\e[K%s\n' "$line" >&2 ;;
    esac
  done
  printf '\r\e[K' >&2
}

need_rust
need_c_compiler
database_is_given || need_postgres
stop_if_missing

binary=${CARGO_TARGET_DIR:-target}/release/grandstand
build=(cargo build --release --package grandstand)
if [ ! -x "$binary" ]; then
  say 'Building Grandstand. The first time this takes some minutes.'
fi
if [ -t 2 ]; then
  "${build[@]}" --color always 2>&1 | show_count
else
  "${build[@]}" --quiet
fi
exec "$binary" serve "$@"
