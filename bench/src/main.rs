//! `make bench`: how fast Grandstand is, as ratios to ceilings that are measured beside it, in the same run.
//!
//! Invariants:
//! - Everything is started here, on this machine, in a folder of its own, and is gone afterwards.
//! - A ceiling and what is held against it are measured in turns, round by round, by the same load generator;
//!   a ratio is the median of the rounds' ratios.
//! - Every answer is checked: one that isn't 200 fails the run instead of counting as a fast one.

mod allocator;
mod bare;
mod database;
mod load;
mod machine;
mod numbers;
mod options;
mod parts;
mod pgbench;
mod players;
mod process;
mod report;
mod requests;
mod response;
mod server;
mod sign;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Command, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> anyhow::Result<()> {
    if let Some(Command::Memory { players }) = options.command {
        // Alone in its process, and without a runtime: only the index is counted.
        return parts::memory::count(players);
    }
    machine::raise_open_files()?;
    // As a server would have it: what the bare ones run on must be what Grandstand runs on.
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match options.command {
            Some(Command::Handler { address }) => bare::serve_body(address).await,
            Some(Command::FanOut {
                address,
                event_bytes,
            }) => bare::serve_events(address, event_bytes).await,
            Some(Command::Memory { .. }) => Ok(()),
            None => tokio::select! {
                done = parts::run(&options) => done,
                stopped = tokio::signal::ctrl_c() => {
                    stopped?;
                    anyhow::bail!("stopped by Ctrl-C")
                }
            },
        }
    })
}
