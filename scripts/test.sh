#!/usr/bin/env bash
# Every check that a change has to pass, cheapest first; the first that fails ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/needs.sh
. scripts/needs.sh

# What a developer has set for a server of theirs must not decide a test.
unset DATABASE_URL CHECK_DATABASE_URL SQLX_OFFLINE SQLX_OFFLINE_DIR

debug=${CARGO_TARGET_DIR:-target}/debug
counts=$tools/test-counts

step() {
  local name=$1 began=$SECONDS status=0
  shift
  printf '\n── %s\n' "$name"
  "$@" || status=$?
  if [ "$status" -ne 0 ]; then
    printf '── %s failed after %s s\n' "$name" $((SECONDS - began))
    exit "$status"
  fi
  printf '── %s: ok, %s s\n' "$name" $((SECONDS - began))
}

needs() {
  need_rust
  need_c_compiler
  need_curl
  need_postgres
  need_schemathesis
  need_ministack
  stop_if_missing
}

formatted() {
  cargo fmt --all --check -- --files-with-diff && return
  echo 'These files are not formatted: run "make fmt".'
  return 1
}

# All packages and targets at once, here and in the later steps: cargo then settles on one set of features for every
# dependency, and compiles each once. The black-box tests and `xtask` are run from what this builds.
build() { cargo build --locked --quiet --workspace --all-targets; }

workspace_tests() {
  cargo test --locked --workspace --no-fail-fast 2>&1 | tee "$counts"
}

# What is promised of both transports, over the other one.
jobs_over_sqs() {
  TEST_JOB_TRANSPORT=sqs cargo test --locked --quiet --workspace --test it -- jobs:: 2>&1 | tee -a "$counts"
}

# What is promised of both stores of followers and presence, over the other one.
social_over_dynamodb() {
  TEST_SOCIAL_STORE=dynamodb cargo test --locked --quiet --workspace --test it -- social:: --skip social::stores 2>&1 | tee -a "$counts"
}

# The sum of cargo's result lines, one for each test binary.
summary() {
  awk '/^test result: / { passed += $4; failed += $6; skipped += $8 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$counts"
}

step 'What the tests need' needs
step 'Format' formatted
step 'Build' build
step 'Tidy: floors, sizes, documents' "$debug/xtask" tidy
step 'Clippy' cargo clippy --locked --quiet --workspace --all-targets -- --deny warnings
step 'SQL against the migrations' "$debug/xtask" sqlx --check
step 'Tests' workspace_tests
step 'Jobs over SQS' jobs_over_sqs
step 'Social over DynamoDB' social_over_dynamodb
step 'Schemathesis' "$(schemathesis_python)" scripts/schemathesis.py "$debug/grandstand"
printf '\nAll checks passed in %s s.\n' "$SECONDS"
summary
