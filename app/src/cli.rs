//! The command line. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::config::{Config, ConfigError, Sources};

const EXAMPLES: &str = "\
Examples:
  grandstand serve                    Serve on http://localhost:3000, with a database in ./data
  grandstand serve --demo             The same, with simulated players, and a made-up AoE4World to bring matches from
  grandstand import scores old.csv    Bring a community's old scores in
  grandstand config                   What is set, to what, and by whom
  grandstand doctor                   Whether this machine has what that configuration needs
  DATABASE_URL=postgres://me@db/game grandstand serve    Use that database instead

Settings come from grandstand.toml (or the file that GRANDSTAND_CONFIG names), from .env in
development, and from the environment; each wins over those before it.";

/// One self-hosted backend for communities around games: verified scores on live leaderboards.
#[derive(Debug, Parser)]
#[command(name = "grandstand", version, about, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the server, and its own PostgreSQL unless DATABASE_URL names another.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArguments),
    /// Prints every setting that is in force, with secrets masked, and where each came from.
    Config {
        /// As a JSON list of {name, value, source}.
        #[arg(long)]
        json: bool,
    },
    /// Brings old scores in.
    #[command(subcommand)]
    Import(Importable),
    /// The made-up world of `serve --demo`.
    #[command(subcommand)]
    Demo(DemoCommand),
    /// The daily digest.
    #[command(subcommand)]
    Digest(DigestCommand),
    /// Checks the configuration against the real world, and says what to do about what is wrong.
    ///
    /// Changes nothing. Exits with 1 if the server could not run.
    Doctor,
    /// What is done by the calendar, and when next.
    Schedules {
        #[command(subcommand)]
        command: Option<ScheduleCommand>,
    },
    /// Followers and presence in DynamoDB rather than in PostgreSQL.
    ///
    /// Needs a build with --features aws. Make the tables, copy what there is, then set SOCIAL_STORE=dynamodb.
    #[command(subcommand, after_help = SOCIAL_EXAMPLES)]
    Social(SocialCommand),
    /// Prints the OpenAPI document of the HTTP API.
    #[command(after_help = "Example:\n  grandstand openapi > openapi.json")]
    Openapi,
}

#[derive(Debug, Subcommand)]
enum Importable {
    /// Reads scores from a CSV file with a header line, or from JSON Lines.
    ///
    /// Each line counts like a verified play, once: an import that broke off is resumed by running it again, also
    /// beside a running server. Players without an account are made, and known by externalId.
    #[command(after_help = IMPORT_EXAMPLES)]
    Scores(commands::ImportArguments),
}

const IMPORT_EXAMPLES: &str = "\
A CSV file looks like this (reachedAt may be left out; then the order of lines decides ties):
  externalId,screenName,gameId,score,reachedAt
  steam:7656119,Rook & Roll,chess,4200,2024-03-01T12:00:00Z

Examples:
  grandstand import scores old.csv --dry-run     Only reads it, and says which lines are bad
  grandstand import scores dump.txt --format jsonl";

#[derive(Debug, Subcommand)]
enum DigestCommand {
    /// Prints what a user's next digest would be, were it sent now. Sends nothing.
    #[command(
        after_help = "Example:\n  grandstand digest preview --user usr_01h455vb4pex5vsknk084sn02q --html > digest.html"
    )]
    Preview(commands::PreviewArguments),
}

#[derive(Debug, Subcommand)]
enum DemoCommand {
    /// Removes the demo's players, boards and plays, and nothing else.
    Clear,
}

#[derive(Debug, Subcommand)]
enum ScheduleCommand {
    /// Fires one now; a worker does it. For a calendar of your own, such as EventBridge or a Kubernetes CronJob.
    Run {
        /// As `grandstand schedules` lists it.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum SocialCommand {
    /// Makes the tables in DynamoDB that aren't there yet.
    ///
    /// Three tables with their indexes, paid by what is read and written, called as TABLE_FOLLOWS, TABLE_PRESENCE and
    /// TABLE_USER_GAME_STATS say; presence expires by itself. Tables that are there are left as they are, and it is an
    /// error if their keys are others. Needs dynamodb:CreateTable, DescribeTable, DescribeTimeToLive and UpdateTimeToLive.
    #[command(after_help = TABLES_EXAMPLES)]
    CreateTables,
    /// Copies followers, counts and stats into those tables, and compares the two in the end.
    ///
    /// A copy that broke off goes on where it was by running it again: only what differs is written, and what PostgreSQL
    /// doesn't have is removed. Servers may run meanwhile; stop them for the last run, so that nothing changes behind it.
    /// Presence isn't copied: it comes anew within 30 seconds. Exits with 1 if the two don't agree.
    #[command(after_help = COPY_EXAMPLES)]
    Copy(commands::CopyArguments),
}

const SOCIAL_EXAMPLES: &str = "\
From PostgreSQL to DynamoDB:
  grandstand social create-tables
  grandstand social copy --from postgres --to dynamodb      while servers run: most of it
  (stop the servers)
  grandstand social copy --from postgres --to dynamodb      the rest, in seconds
  SOCIAL_STORE=dynamodb grandstand serve";

const TABLES_EXAMPLES: &str = "\
Examples:
  AWS_REGION=eu-central-1 grandstand social create-tables
  TABLE_FOLLOWS=prod-follows TABLE_PRESENCE=prod-presence TABLE_USER_GAME_STATS=prod-stats grandstand social create-tables
  AWS_ENDPOINT_URL=http://localhost:4566 grandstand social create-tables      In something that answers as AWS does";

const COPY_EXAMPLES: &str = "\
Example:
  grandstand social copy --from postgres --to dynamodb

It reads and writes with dynamodb:BatchGetItem, BatchWriteItem, PutItem, Scan and DescribeTable.";

const SERVE_EXAMPLES: &str = "\
Examples:
  grandstand serve --port 8080
  grandstand serve --demo             `grandstand demo clear` takes away what this made
  LOG_LEVEL=debug LOG_FORMAT=pretty grandstand serve

Ctrl-C or SIGTERM ends streams, finishes what is being answered, and stops PostgreSQL.
A second Ctrl-C quits at once; nothing that was answered is lost then either.";

#[derive(Args, Debug)]
pub struct ServeArguments {
    /// Fills a marked set of players and boards, and lets simulated ones play. Matches of Age of Empires IV come from a
    /// made-up AoE4World, unless AOE4WORLD_URL names another.
    #[arg(long)]
    pub demo: bool,
    /// The port to listen on; wins over PORT. 0 takes any that is free.
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Only this: api answers requests, worker runs jobs, scheduler fires schedules; wins over ROLE. Everything else
    /// still answers health and metrics.
    #[arg(long, value_name = "ROLE", value_parser = ["all", "api", "worker", "scheduler"])]
    pub role: Option<String>,
}

/// Runs what was asked for. Every failure becomes one message on stderr.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("grandstand: {}", chain(&error));
            if error.is::<ConfigError>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => {
            let port = arguments
                .port
                .map(|port| ("PORT".to_owned(), port.to_string()));
            let role = arguments.role.map(|role| ("ROLE".to_owned(), role));
            let given = port.into_iter().chain(role);
            let config = Config::load(&sources().with_command_line(given))?;
            commands::serve(config, arguments.demo).await
        }
        Command::Config { json } => {
            let config = Config::load(&sources())?;
            commands::print_config(&config, json)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(Importable::Scores(arguments)) => {
            let config = Config::load(&sources())?;
            commands::import_scores(&config, &arguments).await
        }
        Command::Demo(DemoCommand::Clear) => {
            let config = Config::load(&sources())?;
            commands::clear_demo(&config).await
        }
        Command::Digest(DigestCommand::Preview(arguments)) => {
            let config = Config::load(&sources())?;
            commands::preview_digest(&config, &arguments).await
        }
        Command::Doctor => {
            let config = Config::load(&sources())?;
            commands::doctor(&config).await
        }
        Command::Schedules { command } => {
            let config = Config::load(&sources())?;
            match command {
                None => commands::list_schedules(&config).await,
                Some(ScheduleCommand::Run { name }) => commands::run_schedule(&config, &name).await,
            }
        }
        Command::Social(SocialCommand::CreateTables) => {
            let config = Config::load(&sources())?;
            commands::create_social_tables(&config).await
        }
        Command::Social(SocialCommand::Copy(arguments)) => {
            let config = Config::load(&sources())?;
            commands::copy_social(&config, &arguments).await
        }
        Command::Openapi => {
            commands::print_openapi()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn sources() -> Sources {
    Sources::of_process(Path::new(""))
}

/// The error and its causes, each once: many messages already end with their cause's.
fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_cause_is_told_once() {
        let cause = std::io::Error::other("disk full");
        let error = anyhow::Error::new(cause).context("Could not write x: disk full");
        assert_eq!(chain(&error), "Could not write x: disk full");
        let error = anyhow::anyhow!("inner").context("outer");
        assert_eq!(chain(&error), "outer: inner");
    }
}
