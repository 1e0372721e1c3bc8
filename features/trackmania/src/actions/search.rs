//! Asks for the new records on a mapper's maps, or on one map.

use jiff::Timestamp;
use jobs::New;
use kernel::{JobId, UserId};

use super::wish::{Wish, Wished};
use crate::jobs::search::{SearchRecords, Target};
use crate::model::search::Mode;
use crate::{Error, Trackmania};

/// Who is meant is found out at once: whoever waits can say whom they mean.
pub async fn request(
    trackmania: &Trackmania,
    user: UserId,
    wish: Wish,
    since: Timestamp,
    mode: Mode,
) -> Result<JobId, Error> {
    let target = match wish.resolve(trackmania).await? {
        Wished::Mapper(person) => Target::Mapper(person.id),
        Wished::Map(map) => Target::Map(map.uid),
    };
    let job = SearchRecords {
        target,
        since,
        mode,
        wished_at: trackmania.clock.now(),
    };
    // Asked for again while it runs, it is the same search.
    let key = format!("{user} {:?} {since} {mode}", job.target);
    let new = New::of(&job).owned_by(user).unique(key);
    let mut tx = trackmania.database.begin_as(user.uuid()).await?;
    let enqueued = trackmania.jobs.enqueue(&mut tx, new).await?;
    tx.commit().await?;
    Ok(enqueued.id)
}
