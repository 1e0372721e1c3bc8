//! `grandstand schedules`: what is done by the calendar.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use db::Notices;
use jobs::Jobs;
use kernel::Clock;
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, RunTime};
use crate::store::Store;
use crate::{chores, settings};

/// How long the database may take to tell what admins have set.
const PATIENCE: Duration = Duration::from_secs(5);

/// # Errors
/// If standard output can't be written to.
pub async fn list_schedules(config: &Config) -> anyhow::Result<ExitCode> {
    let overrides = match in_force(config).await {
        Ok(present) => present.schedules,
        Err(error) => {
            eprintln!(
                "What admins have set can't be read ({error:#}), so this is what the configuration says."
            );
            config.jobs.schedules.clone()
        }
    };
    let now = Clock::system().now();
    let mut text = String::new();
    let schedules = chores::scheduled(&overrides);
    let names = schedules.iter().map(|schedule| schedule.name.len());
    let width = names.max().unwrap_or(0);
    for schedule in schedules {
        let line = match schedule.timing() {
            None => format!("{:width$} off\n", schedule.name),
            Some(timing) => {
                let next = timing
                    .after(now)
                    .map_or_else(|| "never".to_owned(), |next| next.to_string());
                format!(
                    "{:width$} {:16} {:20} next {next}\n",
                    schedule.name, timing.cron, timing.zone
                )
            }
        };
        text.push_str(&line);
    }
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Looks at what is there, and neither starts nor changes anything.
async fn in_force(config: &Config) -> anyhow::Result<RunTime> {
    let options = match &config.database.url {
        Some(url) => url.clone(),
        None => db::private::running(&config.server.data_dir)?,
    };
    let looking = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        anyhow::Ok(settings::look(config, &mut connection).await?)
    };
    let looked = tokio::time::timeout(PATIENCE, looking).await;
    looked.context("the database does not answer")?
}

/// Also one that is switched off.
///
/// # Errors
/// If there is no such schedule, or the database is away.
pub async fn run_schedule(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    let schedule = chores::schedules()
        .into_iter()
        .find(|schedule| schedule.name == name)
        .with_context(|| {
            format!("There is no schedule {name:?}. `grandstand schedules` lists them.")
        })?;
    let store = Store::open_for_command(config).await?;
    let stopped = CancellationToken::new();
    stopped.cancel();
    let notices = Notices::start(&store.database, &[], stopped);
    let jobs = Jobs::new(store.database.clone(), Clock::system(), notices);
    let fired = jobs.fire(&schedule).await;
    store.close().await;
    let fired = fired?;
    super::print(&if fired.is_new {
        format!("{}: a worker will do it.\n", fired.id)
    } else {
        format!("{}: it waits for a worker already.\n", fired.id)
    })?;
    Ok(ExitCode::SUCCESS)
}
