//! `grandstand schedules`: what is done by the calendar.

use std::process::ExitCode;

use anyhow::Context;
use db::Notices;
use jobs::Jobs;
use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::chores;
use crate::config::Config;
use crate::store::Store;

/// # Errors
/// If standard output can't be written to.
pub fn list_schedules(config: &Config) -> anyhow::Result<ExitCode> {
    let now = Clock::system().now();
    let on = chores::configured(config);
    let mut text = String::new();
    for usual in chores::schedules() {
        let line = match on.iter().find(|schedule| schedule.name == usual.name) {
            None => format!("{:20} off\n", usual.name),
            Some(schedule) => {
                let timing = schedule.timing();
                let next = timing
                    .after(now)
                    .map_or_else(|| "never".to_owned(), |next| next.to_string());
                format!(
                    "{:20} {:16} {:20} next {next}\n",
                    usual.name, timing.cron, timing.zone
                )
            }
        };
        text.push_str(&line);
    }
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
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
