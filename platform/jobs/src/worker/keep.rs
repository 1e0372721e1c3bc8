//! Keeps what runs, and takes over what nobody runs any more.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::Shared;
use super::held::key;
use crate::moment::earlier;
use crate::store;

/// Delayed jobs that are queued by one statement.
const MOST_PROMOTED: i64 = 500;
/// Between two writings of progress.
const PROGRESS: Duration = Duration::from_millis(250);

pub(super) async fn run(shared: Arc<Shared>) {
    tokio::join!(
        beat(&shared),
        promote(&shared),
        live::run_coalesced(&shared.progressed, PROGRESS, &shared.killed, || async {
            shared.write_progress(&shared.held.all()).await;
        }),
    );
}

async fn beat(shared: &Shared) {
    let names: Vec<String> = shared
        .registry
        .queues()
        .iter()
        .map(|queue| queue.name.to_owned())
        .collect();
    while let Err(error) = store::admin::declare(&shared.pool, &names).await {
        tracing::warn!(%error, "queues could not be declared; trying again");
        sleep(shared.config.poll).await;
    }
    let is_postgres = shared.config.transport.is_postgres();
    while let Err(error) = store::keep::use_outbox(&shared.pool, !is_postgres).await {
        tracing::warn!(%error, "the transport of jobs could not be chosen; trying again");
        sleep(shared.config.poll).await;
    }
    let mut ticks = interval(shared.config.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // In this order: where the clock has jumped, our own leases must not be the ones that look ended. A lease
        // that is neither among ours nor of another server begins after this moment.
        let now = shared.jobs.clock().now();
        let ours = shared.held.leases();
        let kept = extend(shared, now).await;
        #[cfg(feature = "aws")]
        if let crate::Transport::Sqs(sqs) = &shared.config.transport {
            super::messages::extend(shared, sqs).await;
        }
        let reaped = match kept {
            Ok(()) => store::keep::reap(&shared.pool, &ours, now).await,
            Err(error) => Err(error),
        };
        match reaped {
            Ok(0) => {}
            Ok(count) => tracing::warn!(
                count,
                "jobs of servers that stopped answering were taken over"
            ),
            Err(error) => tracing::warn!(%error, "leases of jobs could not be kept; trying again"),
        }
    }
}

async fn extend(shared: &Shared, now: Timestamp) -> Result<(), db::Error> {
    let held = shared.held.all();
    if held.is_empty() {
        return Ok(());
    }
    let (ids, leases): (Vec<Uuid>, Vec<Uuid>) = held
        .iter()
        .map(|attempt| (attempt.id.uuid(), attempt.lease))
        .unzip();
    let ours = store::keep::extend(&shared.pool, &ids, &leases, shared.lease_end(now)).await?;
    let lost = held.iter().filter(|attempt| !ours.contains(&key(attempt)));
    for attempt in lost.clone() {
        // One that was written down in the meantime is held no more, and its cancellation harms nobody.
        attempt.cancelled.cancel();
    }
    shared.held.remove(lost);
    Ok(())
}

/// Queues what has waited long enough.
async fn promote(shared: &Shared) {
    loop {
        let wait = match promote_due(shared).await {
            Ok(wait) => wait.min(shared.config.poll),
            Err(error) => {
                tracing::debug!(%error, "delayed jobs could not be looked for; trying again");
                shared.config.poll
            }
        };
        sleep(wait).await;
    }
}

/// Gives how long nothing is due.
async fn promote_due(shared: &Shared) -> Result<Duration, db::Error> {
    let now = shared.jobs.clock().now();
    let Some(due) = store::pick::next_due(&shared.pool).await? else {
        return Ok(shared.config.poll);
    };
    if due > now {
        return Ok(due.duration_since(now).unsigned_abs());
    }
    // What failed is told again by its message, unless that is lost.
    let overdue = if shared.config.transport.is_postgres() {
        now
    } else {
        earlier(now, shared.config.overdue)
    };
    let promoted = store::pick::promote(&shared.pool, now, overdue, MOST_PROMOTED).await?;
    // Another server may be at it right now.
    Ok(if promoted == 0 {
        shared.config.poll
    } else {
        Duration::ZERO
    })
}
