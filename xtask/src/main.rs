//! Checks that no tool has, and the files that we generate.
//!
//! Invariant: needs nothing but this checkout, a Rust toolchain and PostgreSQL's programs; no network.

mod sqlx_data;
mod tidy;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const HELP: &str = "\
cargo xtask <task>

  tidy           floors, file sizes, paths named in documents, names of migrations, left-over notes
  sqlx           checks the SQL against the migrations and writes .sqlx
  sqlx --check   the same, but fails where .sqlx isn't what it would write";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = Workspace::read().and_then(|workspace| match arguments.as_slice() {
        ["tidy"] => tidy::run(&workspace),
        ["sqlx"] => sqlx_data::write(&workspace),
        ["sqlx", "--check"] => sqlx_data::check(&workspace),
        _ => anyhow::bail!("{HELP}"),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
