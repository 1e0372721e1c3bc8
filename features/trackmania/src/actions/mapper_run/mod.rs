//! The run over all mapper alerts: lists the maps of all whom somebody follows, looks at each map once, and tells everybody
//! what is new to them.
//!
//! Invariants:
//! - How far it has come is in the database alone: it is done in steps, and each goes on where the one before ended or broke
//!   off.
//! - An alert is dealt with as soon as nothing is to be asked of its maps any more: few maps don't wait for many.
//! - What costs calls is done once, however many follow the same.

mod list;
mod look;
mod tell;

use std::time::{Duration, Instant};

use ::jobs::Running;
use accounts::alert_types;
use jiff::{SignedDuration, Timestamp};
use kernel::{AlertId, UserId};

use super::trying::Trying;
use crate::model::run::{Run, RunKind};
use crate::model::search::Mode;
use crate::store::{checks, looks, runs};
use crate::upstream::{Exchange, Nadeo, Spent};
use crate::{Error, Trackmania};

/// Alerts whose modes are asked for together.
const TOGETHER: i64 = 1_000;
/// An alert that is changed while its user is being told is dealt with in the next round.
const MOST_ROUNDS: u32 = 3;
/// What a run doesn't get to by its deadline, it still tells that it didn't.
const LAST_WORDS: SignedDuration = SignedDuration::from_mins(15);

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is left to do.
    Over,
    /// There is more.
    More,
    /// The maps are known, and it goes on with another service.
    Planned,
    /// A service has failed again and again: how long it wants to be left alone, and whether it had answered before.
    Paused { wait: Duration, answered: bool },
}

/// A step under way.
struct Stepping<'a> {
    trackmania: &'a Trackmania,
    run: Run,
    nadeo: Nadeo,
    exchange: Exchange,
    nadeo_trying: Trying,
    exchange_trying: Trying,
    running: &'a Running,
    ends: Instant,
    /// Whether what can't be asked now isn't asked later, either.
    is_last_try: bool,
}

/// Goes on with a run for about so long.
///
/// # Errors
/// When the database is away.
pub async fn go_on(
    trackmania: &Trackmania,
    run: Run,
    running: &Running,
    lasts: Duration,
    is_last_try: bool,
) -> Result<Step, Error> {
    let spent = Spent::default();
    let deadline = run.started_at + RunKind::MapperAlerts.lasts() - LAST_WORDS;
    let step = Stepping {
        trackmania,
        run,
        nadeo: trackmania.nadeo.in_background(&spent),
        exchange: trackmania.exchange.in_background(&spent),
        nadeo_trying: Trying::default(),
        exchange_trying: Trying::default(),
        running,
        ends: Instant::now() + lasts,
        is_last_try: is_last_try || trackmania.clock.now() >= deadline,
    };
    let outcome = step.take().await;
    let pool = trackmania.database.pool();
    runs::spend(pool, run.id, spent.calls()).await?;
    outcome
}

impl Stepping<'_> {
    fn run_at(&self) -> Timestamp {
        self.run.started_at
    }

    fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.ends
    }

    async fn take(&self) -> Result<Step, Error> {
        if !self.run.is_planned {
            if let Some(step) = self.list_maps().await? {
                return Ok(step);
            }
            self.plan().await?;
            return Ok(Step::Planned);
        }
        let stopped = self.look_at_maps().await?;
        for _ in 0..MOST_ROUNDS {
            if !self.tell().await? {
                break;
            }
        }
        if let Some(step) = stopped {
            return Ok(step);
        }
        let pool = self.trackmania.database.pool();
        // Whoever deleted an alert meanwhile left fewer than there were.
        runs::finish(pool, self.run.id, self.trackmania.clock.now()).await?;
        Ok(Step::Over)
    }

    /// Which alerts are checked, how, and at which maps that has to look.
    async fn plan(&self) -> Result<(), Error> {
        let run_at = self.run_at();
        let mut after = None;
        loop {
            let pool = self.trackmania.database.pool();
            let due = checks::due(pool, run_at, after, TOGETHER).await?;
            let Some(last) = due.last() else { break };
            after = Some(last.id);
            let users: Vec<UserId> = due.iter().map(|alert| alert.user).collect();
            let types = alert_types::of(pool, &users).await?;
            let of_user = |user| Mode::from(types.get(&user).copied().unwrap_or_default());
            let modes: Vec<(AlertId, Mode)> = due
                .iter()
                .map(|alert| (alert.id, alert.mode.unwrap_or_else(|| of_user(alert.user))))
                .collect();
            checks::set_modes(pool, &modes).await?;
        }
        let now = self.trackmania.clock.now();
        let mut tx = self.trackmania.database.begin().await?;
        looks::plan(&mut *tx, run_at).await?;
        looks::forget(&mut *tx, run_at).await?;
        let count = checks::count_due(&mut *tx, run_at).await?;
        runs::plan(&mut *tx, self.run.id, count, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The step ends here, since a service doesn't answer any more.
    fn pause(trying: &Trying) -> Step {
        Step::Paused {
            wait: trying.wait(),
            answered: trying.was_answered(),
        }
    }

    async fn progress(&self, note: &str) -> Result<(), Error> {
        let pool = self.trackmania.database.pool();
        let (all, open) = looks::progress(pool, self.run_at()).await?;
        self.running.progress(all - open, all, note);
        Ok(())
    }
}
