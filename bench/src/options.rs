use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

/// Measures Grandstand against ceilings measured in the same run, and prints the table of docs/performance.md.
#[derive(Debug, Parser)]
#[command(name = "grandstand-bench", max_term_width = 110)]
pub struct Options {
    /// Measures this part only; may be given several times.
    #[arg(long, value_enum)]
    pub only: Vec<Part>,
    /// Small boards and short runs: shows that it works, not how fast it is.
    #[arg(long)]
    pub quick: bool,
    /// How long each measurement takes.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: Option<u64>,
    /// How often each measurement is taken; what is told is the median.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub rounds: Option<u32>,
    /// Prints JSON instead of the table. `target/bench/latest.json` has it in either case.
    #[arg(long)]
    pub json: bool,
    /// Measures this server instead of the one that was built beside this program.
    #[arg(long, value_name = "PROGRAM")]
    pub server: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The bare handler and the bare upserts alone. Measured only if asked for: the others measure their own.
    Ceilings,
    /// Loading a million rows at the start.
    Load,
    /// Top 10, around a player, rank of a player.
    Reads,
    /// Durable score submissions.
    Writes,
    /// Bytes a player in the index.
    Memory,
    /// SSE clients.
    Live,
    /// Empty jobs; digests.
    Jobs,
    /// Heartbeats, players' pages, lists of followers, changes of presence.
    Social,
    /// Summaries of matches of Age of Empires IV to facts, and pages of many matches.
    Aoe4,
    /// Reviews by a language model that takes its time.
    Reviews,
    /// Records of Trackmania, asked of services that take their time.
    Trackmania,
}

/// What this program runs itself as.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// The bare axum handler.
    #[command(hide = true)]
    Handler { address: SocketAddr },
    /// The bare axum fan-out of events.
    #[command(hide = true)]
    FanOut {
        address: SocketAddr,
        event_bytes: usize,
    },
    /// Counts the bytes of an index of this many players.
    #[command(hide = true)]
    Memory { players: u64 },
}

/// How much is measured, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// On `global` and on a game's board.
    pub players: u64,
    /// Of them, those who send scores.
    pub writers: u64,
    /// Streams on one board.
    pub watchers: usize,
    pub time: Duration,
    pub rounds: u32,
    /// Sizes of the index whose memory is counted.
    pub index_sizes: [u64; 2],
}

impl Options {
    pub fn wants(&self, part: Part) -> bool {
        self.only.contains(&part) || (self.only.is_empty() && part != Part::Ceilings)
    }

    pub fn wants_any(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.wants(*part))
    }

    pub fn scale(&self) -> Scale {
        let (players, writers, watchers, seconds, rounds, index_sizes) = if self.quick {
            (100_000, 20_000, 500, 1, 1, [100_000, 1_000_000])
        } else {
            (1_000_000, 100_000, 5_000, 5, 3, [1_000_000, 10_000_000])
        };
        Scale {
            players,
            writers,
            watchers,
            time: Duration::from_secs(self.seconds.unwrap_or(seconds)),
            rounds: self.rounds.unwrap_or(rounds),
            index_sizes,
        }
    }
}
