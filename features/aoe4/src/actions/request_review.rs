//! Asks for a review of a match.
//!
//! Invariant: of a match and a user, one wish is open at a time. The match's row is held while that is looked at, so that
//! of many who ask at once all get the same answer.

use jobs::{New, State};
use kernel::{JobId, ReviewId, ReviewTaskId, UserId};
use sqlx::PgConnection;

use crate::jobs::ReviewGame;
use crate::store::tasks::{Open, Wish};
use crate::store::{games, reviews, tasks};
use crate::{Aoe4, Error};

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    Open {
        job: JobId,
        task: ReviewTaskId,
        running: bool,
    },
    Done(ReviewId),
}

pub async fn request(aoe4: &Aoe4, user: UserId, game: u64) -> Result<Requested, Error> {
    let mut tx = aoe4.database.begin().await?;
    let over = games::hold(&mut *tx, user, game).await?;
    let over = over.ok_or(Error::GameNotFound)?;
    if let Some(review) = reviews::of_game(&mut *tx, user, game).await? {
        return Ok(Requested::Done(review));
    }
    if let Some(open) = tasks::open(&mut *tx, user, game).await? {
        if is_alive(aoe4, &mut tx, &open).await? {
            return Ok(Requested::Open {
                job: open.job,
                task: open.id,
                running: open.running,
            });
        }
        let why = "Its job was cancelled, or broke off.";
        tasks::fail(&mut *tx, open.id, why, aoe4.clock.now()).await?;
    }
    if !over {
        return Err(Error::GameNotOver);
    }
    let task = ReviewTaskId::new(aoe4.clock.new_uuid());
    let new = New::of(&ReviewGame { task }).owned_by(user);
    let job = aoe4.jobs.enqueue(&mut tx, new).await?.id;
    let wish = Wish { user, game };
    tasks::insert(&mut *tx, task, wish, job, aoe4.clock.now()).await?;
    games::mark(&mut *tx, user, game, "reviewing").await?;
    tx.commit().await.map_err(db::Error::from)?;
    Ok(Requested::Open {
        job,
        task,
        running: false,
    })
}

/// Whether its job still comes to an end by itself.
async fn is_alive(aoe4: &Aoe4, tx: &mut PgConnection, open: &Open) -> Result<bool, Error> {
    let job = aoe4.jobs.find(tx, open.job).await?;
    Ok(job.is_some_and(|job| !matches!(job.state, State::Dead | State::Cancelled)))
}
