//! Daily runs: begun by a schedule's job, one of a kind at a time.

use ::jobs::{New, Running};

use crate::jobs::end_run::EndRun;
use crate::model::run::{Run, RunKind};
use crate::store::runs;
use crate::{Error, Trackmania};

/// Begins a run by this job, or goes on with it where its server died. None where there is nothing left to do, or an
/// earlier run of this kind goes on still.
pub async fn begin(
    trackmania: &Trackmania,
    kind: RunKind,
    running: &Running,
) -> Result<Option<Run>, Error> {
    let id = running.id().uuid();
    let now = trackmania.clock.now();
    let mut tx = trackmania.database.begin().await?;
    if runs::begin(&mut *tx, id, kind, now).await? {
        let end = New::of(&EndRun { run: id, kind }).at(now + kind.lasts());
        trackmania.jobs.enqueue(&mut tx, end).await?;
    }
    tx.commit().await?;
    let run = runs::open(trackmania.database.pool(), id).await?;
    if run.is_none() {
        let kind = kind.as_str();
        tracing::warn!(
            kind,
            "a run is left out: it is over, or an earlier one goes on still"
        );
    }
    Ok(run)
}
