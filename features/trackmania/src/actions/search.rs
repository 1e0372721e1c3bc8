//! Asks for the new records on a mapper's maps, or on one map.

use jiff::Timestamp;
use jobs::New;
use kernel::{JobId, UserId};

use super::{mapper, records};
use crate::jobs::search::{SearchRecords, Target};
use crate::model::search::Mode;
use crate::{Error, Trackmania};

/// Of whom, or of what.
#[derive(Clone, Debug)]
pub enum Wish {
    MapperNamed(String),
    Mapper(i64),
    Map(String),
}

/// Who is meant is found out at once: whoever waits can say whom they mean.
pub async fn request(
    trackmania: &Trackmania,
    user: UserId,
    wish: Wish,
    since: Timestamp,
    mode: Mode,
) -> Result<JobId, Error> {
    trackmania.nadeo.check_configured()?;
    let target = match wish {
        Wish::MapperNamed(name) => Target::Mapper(mapper::named(trackmania, &name).await?.id),
        Wish::Mapper(id) => Target::Mapper(mapper::with_id(trackmania, id).await?.id),
        Wish::Map(uid) => Target::Map(records::map(trackmania, &uid).await?.uid),
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
