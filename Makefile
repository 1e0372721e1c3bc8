# `make` lists what there is. The work is in scripts/ and xtask/.
.DEFAULT_GOAL := help
.PHONY: help run test fmt lint sqlx bench audit
MAKEFLAGS += --no-print-directory

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Gets what is missing, builds, and serves on http://localhost:3000 (ARGS="--demo" for a moving world)
	@exec scripts/run.sh $(ARGS)

test: ## Every check and every test, as CI runs them
	@exec scripts/test.sh

fmt: ## Formats the code
	@cargo fmt --all

lint: ## Clippy and tidy only, the quickest of the checks
	@cargo clippy --workspace --all-targets -- --deny warnings
	@cargo xtask tidy

sqlx: ## Checks the SQL against the migrations anew and writes .sqlx; after each change of a query or a migration
	@cargo xtask sqlx

bench: ## Measures speed against ceilings measured in the same run (ARGS are passed on)
	@exec scripts/bench.sh $(ARGS)

audit: ## Licences, sources and known vulnerabilities of the dependencies (installs cargo-deny the first time)
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	@cargo deny check
