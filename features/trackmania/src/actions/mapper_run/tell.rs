//! Tells everybody what is new to them, as soon as nothing is asked of their maps any more.
//!
//! Invariant: that an alert was dealt with, and the job that tells its user, are committed together.

use std::collections::HashMap;

use ::jobs::New;
use db::Transaction;
use jiff::{SignedDuration, Timestamp};
use kernel::{AlertId, UserId};

use super::Stepping;
use crate::Error;
use crate::actions::names;
use crate::jobs::{About, TellUsers, To};
use crate::model::account::AccountId;
use crate::model::news::{LATE, MOST_LINES, Story};
use crate::model::run::Counts;
use crate::store::checks::{self, Group, Ready};
use crate::store::runs;

/// Alerts that are dealt with in one transaction.
const TOGETHER: i64 = 1_000;
/// Users who are told in one job.
const TOLD: usize = 100;
/// Groups for which names are asked for together.
const STORIES: usize = 50;

impl Stepping<'_> {
    /// False if there was nobody to tell.
    pub(super) async fn tell(&self) -> Result<bool, Error> {
        let (pool, run_at) = (self.trackmania.database.pool(), self.run_at());
        let earliest = checks::earliest(pool, run_at).await?;
        // Whoever took stock before has the same news as all others.
        let long_ago = earliest.unwrap_or(run_at) - LATE - SignedDuration::from_secs(1);
        let ready = checks::ready(pool, run_at).await?;
        let of = |kind: fn(&Ready) -> bool| -> Vec<i64> {
            let of_kind = ready.iter().filter(|one| kind(one));
            of_kind.map(|one| one.target).collect()
        };
        self.settle(&of(|one| one.is_unlisted), Settling::Failed)
            .await?;
        self.settle(&of(|one| !one.is_unlisted && !one.is_loud), Settling::Quiet)
            .await?;
        let loud = of(|one| !one.is_unlisted && one.is_loud);
        self.settle(&loud, Settling::Stock).await?;
        let mut stories = Vec::new();
        for one in ready.iter().filter(|one| loud.contains(&one.target)) {
            loop {
                let groups = checks::groups(pool, run_at, one.target, long_ago).await?;
                let is_all = groups.len() < checks::MOST_GROUPS;
                for group in groups {
                    let story = checks::story(pool, run_at, one, &group, MOST_LINES as i64).await?;
                    stories.push((group, story));
                }
                if stories.len() >= STORIES || !is_all {
                    self.tell_stories(std::mem::take(&mut stories), long_ago)
                        .await?;
                }
                if is_all {
                    break;
                }
            }
        }
        self.tell_stories(stories, long_ago).await?;
        Ok(!ready.is_empty())
    }

    async fn settle(&self, targets: &[i64], how: Settling) -> Result<(), Error> {
        if targets.is_empty() {
            return Ok(());
        }
        loop {
            let mut tx = self.trackmania.database.begin().await?;
            let run_at = self.run_at();
            let count = match how {
                Settling::Failed => checks::fail(&mut *tx, run_at, targets, TOGETHER).await?,
                Settling::Quiet => {
                    checks::settle(&mut *tx, run_at, targets, false, TOGETHER).await?
                }
                Settling::Stock => {
                    checks::settle(&mut *tx, run_at, targets, true, TOGETHER).await?
                }
            };
            let counts = match how {
                Settling::Failed => Counts {
                    failed: count,
                    ..Counts::default()
                },
                Settling::Quiet | Settling::Stock => Counts {
                    checked: count,
                    ..Counts::default()
                },
            };
            if count == 0 || !self.count(tx, counts).await? || count < TOGETHER {
                return Ok(());
            }
        }
    }

    async fn tell_stories(
        &self,
        stories: Vec<(Group, Story)>,
        long_ago: Timestamp,
    ) -> Result<(), Error> {
        let lines = stories.iter().flat_map(|(_, story)| &story.lines);
        let drivers = lines.flat_map(|line| [Some(line.news.account), line.news.next]);
        let drivers: Vec<AccountId> = drivers.flatten().collect();
        let names = names::of(self.trackmania, &self.nadeo, &drivers).await?;
        for (group, story) in stories {
            while self.tell_some(&group, &story, &names, long_ago).await? {}
        }
        Ok(())
    }

    /// Tells some of a group. False once that was all, or the run is over.
    async fn tell_some(
        &self,
        group: &Group,
        story: &Story,
        names: &HashMap<AccountId, String>,
        long_ago: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.trackmania.database.begin().await?;
        let run_at = self.run_at();
        let some = checks::claim(&mut *tx, run_at, group, long_ago, story, TOGETHER).await?;
        if some.is_empty() {
            return Ok(false);
        }
        let text = story.tell(names);
        if let Some(text) = &text {
            for to in some.chunks(TOLD) {
                let news = TellUsers {
                    about: match story.records {
                        0 => About::MissedChecks,
                        _ => About::MapRecords,
                    },
                    title: text.title.clone(),
                    body: text.body.clone(),
                    to: to.iter().map(|one| self.to(*one)).collect(),
                };
                let enqueue = self.trackmania.jobs.enqueue(&mut tx, New::of(&news));
                enqueue.await?;
            }
        }
        let count = some.len() as i64;
        let (checked, failed) = match story.all_missed {
            true => (0, count),
            false => (count, 0),
        };
        let counts = Counts {
            checked,
            failed,
            told: if text.is_some() { count } else { 0 },
            ..Counts::default()
        };
        Ok(self.count(tx, counts).await? && count == TOGETHER)
    }

    fn to(&self, (user, alert): (UserId, AlertId)) -> To {
        To {
            user,
            link: format!("/alerts/{alert}"),
            fact: format!("{alert}:{}", self.run.id),
        }
    }

    /// Commits what was counted. False if the run is over: then it is left to the next one.
    async fn count(&self, mut tx: Transaction, counts: Counts) -> Result<bool, Error> {
        let is_open = runs::hold(&mut *tx, self.run.id).await?;
        if is_open {
            let now = self.trackmania.clock.now();
            runs::count(&mut *tx, self.run.id, counts, now).await?;
            tx.commit().await?;
        }
        Ok(is_open)
    }
}

/// What becomes of alerts that are not told anything.
#[derive(Clone, Copy)]
enum Settling {
    /// Nothing is known of what they follow.
    Failed,
    Quiet,
    Stock,
}
