//! Brings a community's old scores in: `grandstand import scores FILE`.
//!
//! Each line becomes a play that counts like any other, on every board of its game and on `global`, with an
//! audit event. Its action id is made from what the line says, so that a line that was imported before changes
//! nothing: an import that broke off is resumed by running it again.

mod lines;

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use std::time::Duration;

use accounts::Accounts;
use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use db::Database;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use kernel::{Clock, UserId};
use live::Relay;
use parking_lot::Mutex;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::boards::{Boards, load_definitions};
use crate::commit::{self, Outcome, Play, Trust, make_boards};
use crate::store;

pub use lines::Format;
use lines::{Line, Lines};

/// Lines that are written together.
const BATCH: usize = 500;

/// The beginning of the year 2000, for scores of which nobody knows when they were reached.
const UNKNOWN_TIME: Timestamp = Timestamp::constant(946_684_800, 0);

/// Before a player is tried again for whom the server is writing just now.
const PLAYER_BUSY: Duration = Duration::from_millis(5);

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines that were imported now; in a dry run, all good ones, also those that were imported before.
    pub imported: u64,
    /// Lines that had been imported before.
    pub known: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// Players without an account who were made for them.
    pub players: u64,
}

/// What an import needs.
#[derive(Clone)]
pub struct Import {
    pub database: Database,
    pub accounts: Accounts,
    pub clock: Clock,
    /// Reads and checks every line, and writes nothing.
    pub dry_run: bool,
}

impl Import {
    /// Imports a file. `complain` hears of each line that can't be read, with its number.
    ///
    /// # Errors
    /// When the file can't be read or the database is away. What was imported until then stays, and is skipped
    /// when the import is run again.
    pub async fn run(
        &self,
        path: &Path,
        format: Option<Format>,
        mut complain: impl FnMut(&ProgressBar, u64, &str) + Send,
    ) -> anyhow::Result<Report> {
        let format = format.or_else(|| Format::of(path)).with_context(|| {
            format!(
                "can't tell the format of {} from its name: say --format csv or --format jsonl",
                path.display()
            )
        })?;
        let file =
            std::fs::File::open(path).with_context(|| format!("can't open {}", path.display()))?;
        let bar = progress_bar(file.metadata().map_or(0, |metadata| metadata.len()));
        let reader = Box::new(std::io::BufReader::new(bar.wrap_read(file)));
        let report = self
            .read(Lines::new(reader, format)?, &bar, &mut complain)
            .await?;
        bar.finish_and_clear();
        Ok(report)
    }

    /// Imports lines that are no file, without a progress bar. Lines that can't be read are only counted.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub async fn run_reader(
        &self,
        reader: Box<dyn BufRead + Send>,
        format: Format,
    ) -> anyhow::Result<Report> {
        self.read(
            Lines::new(reader, format)?,
            &ProgressBar::hidden(),
            &mut |_, _, _| {},
        )
        .await
    }

    async fn read(
        &self,
        mut lines: Lines,
        bar: &ProgressBar,
        complain: &mut (impl FnMut(&ProgressBar, u64, &str) + Send),
    ) -> anyhow::Result<Report> {
        let boards = Boards::new(Relay::new(), CancellationToken::new());
        // One of its own, which the pool doesn't get back with these settings.
        let mut connection = self.database.pool().acquire().await?;
        connection.close_on_drop();
        store::commit::prepare_connection(&mut connection).await?;
        load_definitions(&mut connection, &boards).await?;
        let mut occurrences: HashMap<u64, u32> = HashMap::new();
        let began = self.clock.now();
        let mut report = Report::default();
        let mut batch = Vec::with_capacity(BATCH);
        while let Some((number, line)) = lines.next_line()? {
            match line.and_then(|line| line.check(began)) {
                Ok(line) => batch.push((action(&line, &mut occurrences), number, line)),
                Err(reason) => {
                    report.bad += 1;
                    complain(bar, number, &reason);
                }
            }
            if batch.len() == BATCH {
                self.write(&mut connection, &boards, &mut batch, &mut report)
                    .await?;
                bar.set_message(format!("{} imported", report.imported));
            }
        }
        self.write(&mut connection, &boards, &mut batch, &mut report)
            .await?;
        Ok(report)
    }

    async fn write(
        &self,
        connection: &mut PgConnection,
        boards: &Boards,
        batch: &mut Vec<(String, u64, Line)>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        if self.dry_run || batch.is_empty() {
            report.imported += batch.len() as u64;
            batch.clear();
            return Ok(());
        }
        let players: Vec<(&str, &str)> = batch
            .iter()
            .map(|(_, _, line)| (line.external_id.as_str(), line.screen_name.as_str()))
            .collect();
        let (users, made) = self.accounts.ensure_unclaimed(&players).await?;
        report.players += made;
        let mut plays = Vec::with_capacity(batch.len());
        for (action, number, line) in batch.drain(..) {
            // Deleted in this very moment: the next run makes the player anew.
            if let Some(user) = users.get(&line.external_id) {
                plays.push(play(action, number, line, *user)?);
            }
        }
        let mut plays: Vec<&Play> = plays.iter().collect();
        make_boards(connection, boards, &plays, &self.clock).await?;
        let trust = Mutex::new(Trust::none());
        while !plays.is_empty() {
            let prepared = commit::prepare(boards, &plays, &trust);
            // Other servers notice the change by the boards' versions.
            let outcomes = commit::write(connection, boards, &plays, &trust, prepared)
                .await?
                .outcomes;
            let mut busy = Vec::new();
            for (play, outcome) in plays.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Counted { .. } => report.imported += 1,
                    Outcome::Replayed | Outcome::UserGone => report.known += 1,
                    Outcome::PlayerBusy => busy.push(play),
                }
            }
            if !busy.is_empty() {
                tokio::time::sleep(PLAYER_BUSY).await;
            }
            plays = busy;
        }
        Ok(())
    }
}

fn play(action: String, number: u64, line: Line, user: UserId) -> anyhow::Result<Play> {
    // Where the file has no times, its order decides ties: each line a microsecond after the one before, and all
    // of them long before whatever is played here. The same each time that the file is imported.
    let in_order = UNKNOWN_TIME + Duration::from_micros(number);
    Ok(Play {
        action: action.parse()?,
        user,
        value: line.score,
        metadata: None,
        reached_at: Some(line.reached_at.unwrap_or(in_order)),
        token: None,
    })
}

/// The action that a line stands for. Equal lines of a file are told apart by their count.
fn action(line: &Line, occurrences: &mut HashMap<u64, u32>) -> String {
    let content = serde_json::to_vec(&(
        &line.external_id,
        &line.game,
        line.score,
        line.reached_at.map(|at| at.as_microsecond()),
    ))
    .unwrap_or_default();
    let hash = digest(&SHA256, &content);
    let (key, _) = hash.as_ref().split_first_chunk().unwrap_or((&[0; 8], &[]));
    let key = u64::from_be_bytes(*key);
    let occurrence = occurrences
        .entry(key)
        .and_modify(|count| *count += 1)
        .or_insert(0);
    format!(
        "{}/import.{}.{occurrence}",
        line.game,
        hex::encode(&hash.as_ref()[..20])
    )
}

fn progress_bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:30} {percent:>3}%  {bytes}/{total_bytes}  {msg}  {eta} left",
    );
    let bar = ProgressBar::new(length);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
