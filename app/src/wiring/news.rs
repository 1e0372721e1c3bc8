//! News of scores on its way to those who have to hear of it.
//!
//! Invariant: news is taken out in the transaction that enqueues the jobs by which it goes on, and each of those ends in the
//! transaction that tells some and enqueues the rest. Nothing is lost and nobody told twice, whatever dies in between.

use std::collections::HashSet;

use accounts::players;
use db::Transaction;
use jobs::{Done, Job, JobError, New, Queue, Running};
use kernel::UserId;
use notifications::event::{BEST_BEATEN, Event};
use scores::{Improvement, Overtaken};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::Features;

/// Improvements in one job.
const TOGETHER: usize = 100;
/// Followers who are looked at together.
const LOOKED_AT: usize = 500;
/// Such looks in one job.
const LOOKS: usize = 50;
/// Users who are told in one transaction.
const TOLD: usize = 100;

/// Players have become better at games. Their followers are told who had a better best until then.
#[derive(Debug, Serialize, Deserialize)]
pub struct Improved {
    improvements: Vec<Improvement>,
    /// Up to whom the first one's followers were looked at.
    after: Option<UserId>,
}

impl Job for Improved {
    const KIND: &'static str = "scores.improved";
    const QUEUE: Queue = Queue::new("news", 2);
}

impl Features {
    /// Takes some news of scores out, and enqueues that it is told. True if there is more.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn pass_on_news(&self) -> Result<bool, db::Error> {
        let mut tx = self.database.begin().await?;
        let news = self.scores.take_news(&mut tx).await?;
        for improvements in news.improved.chunks(TOGETHER) {
            let job = Improved {
                improvements: improvements.to_vec(),
                after: None,
            };
            self.jobs.enqueue(&mut tx, New::of(&job)).await?;
        }
        self.mirror_news(&mut tx, &news).await?;
        tx.commit().await?;
        Ok(news.more)
    }

    /// Those of players who have followers at all, which most have not.
    async fn with_audience(
        &self,
        mut improvements: Vec<Improvement>,
    ) -> Result<Vec<Improvement>, JobError> {
        let players: Vec<UserId> = improvements.iter().map(|one| one.player).collect();
        let followed = self.social.with_followers(&players).await;
        let followed: HashSet<UserId> = followed.map_err(JobError::retry)?.into_iter().collect();
        improvements.retain(|one| followed.contains(&one.player));
        Ok(improvements)
    }

    /// Ends the job, and has another one do the rest.
    async fn go_on(
        &self,
        mut tx: Transaction,
        rest: Improved,
        running: Running,
    ) -> Result<Done, JobError> {
        if !rest.improvements.is_empty() {
            self.jobs.enqueue(&mut tx, New::of(&rest)).await?;
        }
        running.complete(tx).await
    }

    /// Tells some whom a player has overtaken, in the order of their ids, so that two jobs never wait for each other.
    async fn tell_of_improvement(
        &self,
        tx: &mut PgConnection,
        improvement: &Improvement,
        title: &str,
        overtaken: &[Overtaken],
    ) -> Result<(), db::Error> {
        let Improvement { player, game, .. } = improvement;
        let Some(profile) = players::profile(&mut *tx, *player).await? else {
            return Ok(());
        };
        let subject = format!("{} beat your best in {title}", profile.player.screen_name);
        for Overtaken { player: user, best } in overtaken {
            let body = format!("{} is better than your {best}.", improvement.best);
            let event = Event::new(&BEST_BEATEN, &subject, &body)
                .link(&format!("/users/{player}"))
                // Each best is beaten by somebody only once.
                .about(format!("{player}:{game}:{best}"));
            self.notifications.notify(tx, *user, &event).await?;
        }
        Ok(())
    }
}

pub async fn tell_followers(
    mut job: Improved,
    features: Features,
    running: Running,
) -> Result<Done, JobError> {
    if job.after.is_none() {
        job.improvements = features.with_audience(job.improvements).await?;
    }
    for _ in 0..LOOKS {
        let Some(improvement) = job.improvements.first().cloned() else {
            return Ok(Done::empty());
        };
        let social = &features.social;
        let audience = social.audience(improvement.player, job.after, LOOKED_AT);
        let audience = audience.await.map_err(JobError::retry)?;
        let found = features.scores.overtaken(&improvement, &audience.followers);
        let (title, mut overtaken) = found.await?;
        job.after = audience.next;
        if overtaken.len() > TOLD {
            overtaken.truncate(TOLD);
            job.after = overtaken.last().map(|last| last.player);
        }
        if job.after.is_none() {
            job.improvements.remove(0);
        }
        if !overtaken.is_empty() {
            let mut tx = features.database.begin().await?;
            features
                .tell_of_improvement(&mut tx, &improvement, &title, &overtaken)
                .await?;
            return features.go_on(tx, job, running).await;
        }
    }
    let tx = features.database.begin().await?;
    features.go_on(tx, job, running).await
}
