//! Players' stats, of which the store of followers may have a copy.
//!
//! Invariant: what is written into the copy is read while its players are held, so that a deletion, which removes the copy,
//! comes before that or after it.

use ::social::{Mirror, PlayedGame};
use accounts::players;
use jobs::{Done, JobError, New, Running};
use kernel::UserId;
use scores::News;
use scores::stats::UserGameStats;
use sqlx::PgConnection;

use super::Features;

/// Players and games in one job.
const TOGETHER: usize = 100;

impl Features {
    /// Enqueues that the copy takes over what has changed, if there is one.
    pub(super) async fn mirror_news(
        &self,
        tx: &mut PgConnection,
        news: &News,
    ) -> Result<(), db::Error> {
        if !self.social.keeps_stats() {
            return Ok(());
        }
        for played in news.played.chunks(TOGETHER) {
            let played = played.to_vec();
            self.jobs.enqueue(tx, New::of(&Mirror { played })).await?;
        }
        Ok(())
    }
}

/// What players have reached by now: the job that comes last is the newest, whichever it was enqueued as.
pub async fn mirror(job: Mirror, features: Features, running: Running) -> Result<Done, JobError> {
    let mut tx = features.database.begin().await?;
    let users: Vec<_> = job.played.iter().map(|(user, _)| user.uuid()).collect();
    players::hold(&mut tx, &users).await?;
    let stats = scores::stats::of(&mut *tx, &job.played).await?;
    let stats: Vec<_> = stats.into_iter().map(played).collect();
    let mirrored = features.social.mirror(&stats).await;
    mirrored.map_err(JobError::retry)?;
    running.complete(tx).await
}

pub(super) fn played(stats: UserGameStats) -> (UserId, PlayedGame) {
    let played = PlayedGame {
        game: stats.game,
        best: stats.best,
        last: stats.last,
        plays: stats.plays,
        last_played_at: stats.last_played_at,
    };
    (stats.user, played)
}
