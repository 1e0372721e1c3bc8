//! The daily run over all driver notifications: what is to be read is planned, each leaderboard read once, and everybody told
//! when all of it is done, or the time is over.
//!
//! Invariants:
//! - Whatever dies goes on where it was: a place is planned, checked and told of once a run.
//! - That nobody has a record any more, on a map where somebody had one, is believed when it is told the next day as well.
//! - Of users who trust in positions, only those leaderboards are read on which somebody's time ranks elsewhere than before.

use std::collections::{BTreeMap, HashMap, HashSet};

use ::jobs::{New, Running};
use accounts::alert_types::{self, AlertType};
use accounts::links;
use futures_util::FutureExt;
use jiff::Timestamp;
use kernel::{DriverNotificationId, UserId};
use uuid::Uuid;

use super::records::{board_since, board_told_since};
use super::trying::Trying;
use super::{names, runs as begun};
use crate::jobs::{About, CheckPlaces, TellDrivers, TellUsers, To};
use crate::model::account::AccountId;
use crate::model::places::{compare, may_have_changed};
use crate::model::read::Malformed;
use crate::model::report::{self, News};
use crate::model::run::{Counts, Run, RunKind};
use crate::store::boards::Board;
use crate::store::driver_checks::{self, Planned, Watch};
use crate::store::runs;
use crate::upstream::{Nadeo, POSITIONS, Service, Spent, UpstreamError};
use crate::{Error, Trackmania};

/// Users who are told in one transaction.
const TOLD_AT_ONCE: i64 = 100;
const OTHER_ACCOUNT: &str = "Your Trackmania account is another one now, or none. Link this one again, or watch the map anew.";
const NOT_TOLD: &str = "Trackmania didn't tell where your time ranks.";
const NOBODY: &str = "Trackmania showed no records on it at all. Should the next check see none either, yours counts as removed.";
const NO_TIME: &str = "There was no time left to look at it.";

/// Plans a run, or goes on planning it.
pub async fn plan(trackmania: &Trackmania, running: &Running) -> Result<(), Error> {
    let Some(run) = begun::begin(trackmania, RunKind::DriverChecks, running).await? else {
        return Ok(());
    };
    if run.is_planned {
        return Ok(());
    }
    let spent = Spent::default();
    let planning = Planning {
        trackmania,
        nadeo: trackmania.nadeo.in_background(&spent),
        trying: Trying::default(),
        run,
    };
    let planned = planning.plan_all(running).await;
    let pool = trackmania.database.pool();
    runs::spend(pool, run.id, spent.calls()).await?;
    planned?;
    let mut tx = trackmania.database.begin().await?;
    let now = trackmania.clock.now();
    if runs::plan(&mut *tx, run.id, 0, now).await? {
        tell_later(trackmania, &mut tx, run.id).await?;
    }
    tx.commit().await?;
    Ok(())
}

struct Planning<'a> {
    trackmania: &'a Trackmania,
    nadeo: Nadeo,
    trying: Trying,
    run: Run,
}

/// What was told of a map and a time: where it ranks.
type Ranks = HashMap<(String, i64), i64>;

impl Planning<'_> {
    async fn plan_all(&self, running: &Running) -> Result<(), Error> {
        let pool = self.trackmania.database.pool();
        let maps = i64::try_from(POSITIONS).unwrap_or(i64::MAX);
        let (mut after, mut done) = (String::new(), 0);
        loop {
            let watches = driver_checks::unplanned(pool, self.run, &after, maps).await?;
            let Some(last) = watches.last() else {
                return Ok(());
            };
            after.clone_from(&last.map_uid);
            done += watches.len() as u64;
            if !self.plan_some(watches).await? {
                return Ok(());
            }
            running.progress(done, 0, &after);
        }
    }

    /// At most as many maps as one call tells positions of. False if the run is over.
    async fn plan_some(&self, watches: Vec<Watch>) -> Result<bool, Error> {
        let pool = self.trackmania.database.pool();
        let users: Vec<UserId> = watches.iter().map(|watch| watch.user).collect();
        let (watches, strangers): (Vec<Watch>, Vec<Watch>) = {
            let linked = links::trackmania_of_all(pool, &users).await?;
            watches.into_iter().partition(|watch| {
                let linked = linked.get(&watch.user);
                let linked =
                    linked.filter(|linked| linked.verified || self.trackmania.unverified_links);
                linked.is_some_and(|linked| linked.external_id == watch.account.to_string())
            })
        };
        let types = alert_types::of(pool, &users).await?;
        let is_fast = |watch: &Watch| types.get(&watch.user) == Some(&AlertType::Fast);
        let mut to_read: HashSet<&str> = watches
            .iter()
            .filter(|watch| !is_fast(watch))
            .map(|watch| watch.map_uid.as_str())
            .collect();
        // Where the leaderboard is read anyway, nothing else has to be asked.
        let asked = watches
            .iter()
            .filter(|watch| !to_read.contains(watch.map_uid.as_str()));
        let (ranks, why) = self.ranks(asked).await?;
        let rank = |watch: &Watch| {
            let asked = (watch.map_uid.clone(), watch.place.time);
            ranks.get(&asked).copied()
        };
        let moved = watches.iter().filter(|watch| {
            rank(watch).is_some_and(|rank| may_have_changed(watch.place.position, rank))
        });
        to_read.extend(moved.map(|watch| watch.map_uid.as_str()));
        let planned = watches.iter().map(|watch| {
            let planned = if to_read.contains(watch.map_uid.as_str()) {
                Planned::ToRead
            } else if rank(watch).is_some() {
                Planned::Unchanged
            } else {
                Planned::Failed(why.clone())
            };
            (watch.id, planned)
        });
        let planned: Vec<(DriverNotificationId, Planned)> = planned.collect();
        self.keep(&watches, &planned, &strangers).await
    }

    async fn keep(
        &self,
        watches: &[Watch],
        planned: &[(DriverNotificationId, Planned)],
        strangers: &[Watch],
    ) -> Result<bool, Error> {
        let now = self.trackmania.clock.now();
        let mut tx = self.trackmania.database.begin().await?;
        if !runs::hold(&mut *tx, self.run.id).await? {
            return Ok(false);
        }
        driver_checks::disable(&mut *tx, strangers, OTHER_ACCOUNT).await?;
        let added = driver_checks::plan(&mut tx, self.run.id, planned, now).await?;
        let all = watches.iter().zip(planned);
        let all = all.filter(|(watch, _)| added.contains(&watch.id));
        let mut by_map: BTreeMap<&str, i64> = BTreeMap::new();
        let mut counts = Counts::default();
        for (watch, (_, planned)) in all {
            match planned {
                Planned::ToRead => *by_map.entry(&watch.map_uid).or_default() += 1,
                Planned::Unchanged => counts.checked += 1,
                Planned::Failed(_) => counts.failed += 1,
            }
        }
        for (map, checks) in by_map {
            // Not the only one of this map, where a place was switched on again while the planning began anew: each counts
            // its own, or the run would wait for those that nobody counts.
            let job = CheckPlaces {
                run: self.run.id,
                map_uid: map.to_owned(),
                checks,
            };
            self.trackmania.jobs.enqueue(&mut tx, New::of(&job)).await?;
        }
        let checks = i64::try_from(added.len()).unwrap_or(i64::MAX);
        runs::add(&mut *tx, self.run.id, checks).await?;
        runs::count(&mut *tx, self.run.id, counts, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Where the times of these rank, and why of some it isn't known. A call tells of one time a map, so that maps on which
    /// several are watched are asked about several times.
    async fn ranks(&self, watches: impl Iterator<Item = &Watch>) -> Result<(Ranks, String), Error> {
        let mut times: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for watch in watches {
            let of_map = times.entry(&watch.map_uid).or_default();
            if !of_map.contains(&watch.place.time) {
                of_map.push(watch.place.time);
            }
        }
        let (mut ranks, mut why) = (Ranks::new(), NOT_TOLD.to_owned());
        for round in 0.. {
            let asked: Vec<(&str, i64)> = times
                .iter()
                .filter_map(|(map, times)| Some((*map, *times.get(round)?)))
                .collect();
            if asked.is_empty() {
                break;
            }
            let call = || {
                let call = async { Ok(self.nadeo.ranks(&asked).await?) };
                call.boxed()
            };
            match self.trying.ask(call).await? {
                Ok(mut told) => {
                    for (map, time) in asked {
                        if let Some(rank) = told.remove(map) {
                            ranks.insert((map.to_owned(), time), rank);
                        }
                    }
                }
                Err(failed) => why = failed,
            }
        }
        Ok((ranks, why))
    }
}

/// Reads a map's leaderboard, and finds out what became of the places that are watched on it.
pub async fn check(
    trackmania: &Trackmania,
    job: &CheckPlaces,
    running: &Running,
) -> Result<Option<db::Transaction>, Error> {
    let pool = trackmania.database.pool();
    let Some(run) = runs::open(pool, job.run).await? else {
        return Ok(None);
    };
    let spent = Spent::default();
    let nadeo = trackmania.nadeo.in_background(&spent);
    let mut read = board_since(trackmania, &nadeo, &job.map_uid, run.started_at).await;
    if running.is_again() && read.as_ref().is_ok_and(|board| board.records.is_empty()) {
        let now = trackmania.clock.now();
        read = board_told_since(trackmania, &nadeo, &job.map_uid, now).await;
    }
    let now = trackmania.clock.now();
    let mut tx = trackmania.database.begin().await?;
    // At its end everybody is told what is known by then. What came after it would be kept, and told to nobody.
    if !runs::hold(&mut *tx, run.id).await? {
        runs::spend(&mut *tx, run.id, spent.calls()).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let counts = match read {
        Ok(board) => {
            let watches = driver_checks::unchecked(&mut *tx, run.id, &job.map_uid).await?;
            let (doubted, told): (Vec<Watch>, Vec<Watch>) = watches
                .into_iter()
                .partition(|watch| is_doubted(&board, watch));
            if !doubted.is_empty() && !running.is_last() {
                runs::spend(&mut *tx, run.id, spent.calls()).await?;
                tx.commit().await?;
                let why = Malformed::new("it shows no records on a map that had some");
                return Err(UpstreamError::Strange(Service::Nadeo, why).into());
            }
            let found = compare_all(&mut tx, run.id, &told, &board, now).await?;
            if !doubted.is_empty() {
                driver_checks::fail(&mut tx, run.id, Some(&job.map_uid), NOBODY).await?;
            }
            let failed = i64::try_from(doubted.len()).unwrap_or(i64::MAX);
            let failed = failed.min(job.checks);
            Counts {
                checked: job.checks - failed,
                failed,
                found,
                ..Counts::default()
            }
        }
        Err(Error::Upstream(error)) if running.is_last() => {
            driver_checks::fail(&mut tx, run.id, Some(&job.map_uid), &error.to_string()).await?;
            Counts {
                failed: job.checks,
                ..Counts::default()
            }
        }
        Err(error) => {
            runs::spend(&mut *tx, run.id, spent.calls()).await?;
            tx.commit().await?;
            return Err(error);
        }
    };
    runs::spend(&mut *tx, run.id, spent.calls()).await?;
    if runs::count(&mut *tx, run.id, counts, now).await? {
        tell_later(trackmania, &mut tx, run.id).await?;
    }
    Ok(Some(tx))
}

/// Whether it is told of the map for the first time that nobody has a record any more.
fn is_doubted(board: &Board, watch: &Watch) -> bool {
    let is_known = watch.problem.as_deref() == Some(NOBODY);
    board.records.is_empty() && !is_known && !watch.is_newer(board)
}

/// Keeps what became of these places, and gives of how many there is something to tell.
async fn compare_all(
    tx: &mut db::Transaction,
    run: Uuid,
    watches: &[Watch],
    board: &Board,
    now: Timestamp,
) -> Result<i64, Error> {
    let mut found = 0;
    for watch in watches {
        let (place, change) = if watch.is_newer(board) {
            (watch.place.clone(), None)
        } else {
            compare(
                watch.account,
                &watch.place,
                &board.records,
                board.is_full,
                watch.is_race,
            )
        };
        found += i64::from(change.is_some());
        driver_checks::keep(tx, run, watch.id, &place, change.as_ref(), now).await?;
    }
    Ok(found)
}

/// The time of a run is over.
pub async fn end(
    trackmania: &Trackmania,
    tx: &mut db::Transaction,
    run: Uuid,
) -> Result<(), Error> {
    driver_checks::fail(tx, run, None, NO_TIME).await?;
    tell_later(trackmania, tx, run).await
}

async fn tell_later(
    trackmania: &Trackmania,
    tx: &mut db::Transaction,
    run: Uuid,
) -> Result<(), Error> {
    let job = TellDrivers { run };
    trackmania.jobs.enqueue(tx, New::of(&job)).await?;
    Ok(())
}

/// Tells everybody what the run has found.
pub async fn tell(trackmania: &Trackmania, run: Uuid) -> Result<(), Error> {
    let pool = trackmania.database.pool();
    loop {
        let untold = driver_checks::untold(pool, run, TOLD_AT_ONCE).await?;
        if untold.is_empty() {
            return Ok(());
        }
        let spent = Spent::default();
        let nadeo = trackmania.nadeo.in_background(&spent);
        let mut by_user: BTreeMap<UserId, (Vec<News>, Vec<String>)> = BTreeMap::new();
        for one in untold {
            let (news, missed) = by_user.entry(one.user).or_default();
            match one.news() {
                Some(new) => news.push(new),
                None => missed.push(one.map_name),
            }
        }
        let named: Vec<AccountId> = by_user
            .values()
            .flat_map(|(news, _)| report::named(news))
            .collect();
        let names = names::of(trackmania, &nadeo, &named).await?;
        let mut tx = trackmania.database.begin().await?;
        let users: Vec<UserId> = by_user.keys().copied().collect();
        for (user, (news, missed)) in by_user {
            let words = report::words(&news, &missed, &names, &trackmania.public_url);
            let job = TellUsers {
                about: if news.is_empty() {
                    About::MissedChecks
                } else {
                    About::Places
                },
                title: words.title,
                body: words.body,
                to: vec![To {
                    user,
                    link: words.link,
                    fact: format!("driver-checks {run}"),
                }],
            };
            trackmania.jobs.enqueue(&mut tx, New::of(&job)).await?;
        }
        driver_checks::told(&mut *tx, run, &users).await?;
        let told = i64::try_from(users.len()).unwrap_or(i64::MAX);
        runs::tell(&mut *tx, run, told).await?;
        runs::spend(&mut *tx, run, spent.calls()).await?;
        tx.commit().await?;
    }
}
