#!/usr/bin/env bash
# Gets what is missing, builds the server and the load generator, and measures. All arguments go to the latter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/needs.sh
. scripts/needs.sh

need_rust
need_c_compiler
need_postgres
stop_if_missing

cargo build --release --locked --quiet --package grandstand --package grandstand-bench
exec "${CARGO_TARGET_DIR:-target}/release/grandstand-bench" "$@"
