//! `grandstand import scores FILE`: a community's old scores.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use scores::import::{Format, Import, Report};

use crate::Store;
use crate::config::Config;
use crate::wiring::Ground;

#[derive(Args, Debug)]
pub struct ImportArguments {
    /// What to read. Columns or fields: externalId, screenName, gameId, score, and optionally reachedAt (RFC 3339).
    #[arg(value_name = "FILE")]
    file: std::path::PathBuf,
    /// Reads and checks every line, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Told by the file's name, unless given.
    #[arg(long, value_enum)]
    format: Option<FormatName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    Csv,
    Jsonl,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Csv => Self::Csv,
            FormatName::Jsonl => Self::JsonLines,
        }
    }
}

/// Fails if a line was bad; the good ones are imported all the same.
///
/// # Errors
/// If the file can't be read, or the database is away.
pub async fn import_scores(
    config: &Config,
    arguments: &ImportArguments,
) -> anyhow::Result<ExitCode> {
    let store = Store::open_for_command(config).await?;
    let outcome = import(config, arguments, &store).await;
    store.close().await;
    let report = outcome?;
    super::print(&summary(&report, &arguments.file, arguments.dry_run))?;
    Ok(if report.bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn import(
    config: &Config,
    arguments: &ImportArguments,
    store: &Store,
) -> anyhow::Result<Report> {
    let ground = Ground::for_command(config, store.database.clone())?;
    let secrets = config.secrets.obtain(&config.server.data_dir)?;
    let import = Import {
        database: store.database.clone(),
        accounts: ground.accounts(
            config,
            &secrets,
            &config.server.address_at(config.server.port),
        ),
        clock: ground.clock,
        dry_run: arguments.dry_run,
    };
    let format = arguments.format.map(Format::from);
    import
        .run(&arguments.file, format, |bar, line, reason| {
            bar.suspend(|| eprintln!("line {line}: {reason}"));
        })
        .await
}

fn summary(report: &Report, file: &Path, dry_run: bool) -> String {
    let Report {
        imported,
        known,
        bad,
        players,
    } = report;
    let file = file.display();
    let mut text = if dry_run {
        format!("{file}: {imported} good, {bad} bad; nothing was imported")
    } else {
        format!("{file}: {imported} imported, {known} already there, {bad} bad")
    };
    if *players > 0 {
        text.push_str(&format!("; {players} players made"));
    }
    text.push('.');
    if *bad > 0 {
        text.push_str(
            " Mend the bad lines and run it again: what is there already is left as it is.",
        );
    }
    text.push('\n');
    text
}
