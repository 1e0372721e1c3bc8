//! Jobs that are told by messages of SQS, and the messages that tell of them.
//!
//! Invariant: a job that is queued has a row in the outbox until its message was sent, so that it is told at least once.
//! A message that was lost is found missing: SQS's queue is empty and jobs wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kernel::JobId;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Shared;
use crate::jobs::WAKE;
use crate::moment::earlier;
use crate::sqs::{BATCH, Message, Sqs, SqsError};
use crate::store::message::{
    Whereabouts, is_paused, put_back, take, take_untold, whereabouts, write_again,
};
use crate::store::pick::Picked;
use crate::transport::{Receipt, Settlement};

/// Messages that are sent in one transaction, and jobs whose messages are written anew at a time.
const MOST_SENT: i64 = 500;
/// A job that somebody else is taking or running: by then it is known what became of it.
const LATER: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub(super) enum MessageError {
    #[error(transparent)]
    Sqs(#[from] SqsError),
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Waits for messages of a queue, and takes the jobs that they tell of, under this lease. Nothing where `stop` comes first.
pub(super) async fn receive(
    shared: &Shared,
    sqs: &Sqs,
    queue: &'static str,
    most: usize,
    lease: Uuid,
    stop: &CancellationToken,
) -> Result<Vec<Picked>, MessageError> {
    if is_paused(&shared.pool, queue).await? {
        stop.run_until_cancelled(sleep(shared.config.poll)).await;
        return Ok(Vec::new());
    }
    let waiting = sqs.receive(queue, most.min(BATCH), shared.config.invisible);
    let Some(messages) = stop.run_until_cancelled(waiting).await else {
        return Ok(Vec::new());
    };
    take_told(shared, sqs, queue, messages?, lease).await
}

async fn take_told(
    shared: &Shared,
    sqs: &Sqs,
    queue: &'static str,
    messages: Vec<Message>,
    lease: Uuid,
) -> Result<Vec<Picked>, MessageError> {
    let mut receipts: HashMap<JobId, Receipt> = HashMap::new();
    let mut settlements = Vec::new();
    for Message { job, receipt } in messages {
        let receipt = Receipt {
            queue: queue.to_owned(),
            handle: receipt,
        };
        match job {
            Some(job) => {
                // The same job told twice: one of the messages is enough.
                let again = None;
                settlements.extend(
                    receipts
                        .insert(job, receipt)
                        .map(|receipt| Settlement { receipt, again }),
                );
            }
            // It comes again until SQS puts it where somebody finds it: among the dead letters.
            None => tracing::warn!(queue, "a message that names no job came from SQS"),
        }
    }
    if receipts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = receipts.keys().map(|job| job.uuid()).collect();
    let now = shared.jobs.clock().now();
    let mut picked = take(&shared.pool, &ids, lease, now, shared.lease_end(now)).await?;
    for job in &mut picked {
        job.receipt = receipts.remove(&job.id);
    }
    if !receipts.is_empty() {
        let ids: Vec<Uuid> = receipts.keys().map(|job| job.uuid()).collect();
        let stand = whereabouts(&shared.pool, &ids, now).await?;
        settlements.extend(stand.into_iter().filter_map(|(job, stands)| {
            let again = match stands {
                Whereabouts::Elsewhere => None,
                Whereabouts::Running => Some(LATER),
                Whereabouts::NotDue(wait) => Some(wait),
            };
            let receipt = receipts.remove(&job)?;
            Some(Settlement { receipt, again })
        }));
    }
    sqs.settle(settlements).await;
    Ok(picked)
}

/// Deletes and puts back messages whose attempts have ended: all that have meanwhile at once.
pub(super) async fn settle(sqs: Sqs, mut settlements: UnboundedReceiver<Settlement>) {
    let mut batch = Vec::new();
    while settlements.recv_many(&mut batch, BATCH * BATCH).await > 0 {
        sqs.settle(std::mem::take(&mut batch)).await;
    }
}

/// Keeps the messages of what runs invisible to others.
pub(super) async fn extend(shared: &Shared, sqs: &Sqs) {
    let held = shared.held.all();
    let receipts = held.iter().filter_map(|attempt| attempt.receipt.clone());
    let again = Some(shared.config.invisible);
    sqs.settle(
        receipts
            .map(|receipt| Settlement { receipt, again })
            .collect(),
    )
    .await;
}

/// Sends a message for each job that is queued.
pub(super) async fn send(shared: Arc<Shared>, sqs: Sqs) {
    let mut wakes = shared.jobs.notices().subscribe(WAKE);
    let mut ticks = interval(shared.config.poll);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        match send_some(&shared, &sqs).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "messages could not be sent to SQS; trying again");
                sleep(shared.config.poll).await;
            }
        }
        tokio::select! {
            _ = wakes.next() => {}
            _ = ticks.tick() => {}
        }
    }
}

/// Whether there may be more.
async fn send_some(shared: &Shared, sqs: &Sqs) -> Result<bool, MessageError> {
    let mut transaction = shared.jobs.database().begin().await?;
    let taken = take_untold(&mut transaction, MOST_SENT).await?;
    if taken.is_empty() {
        return Ok(false);
    }
    let mut by_queue: HashMap<String, Vec<JobId>> = HashMap::new();
    for (queue, job) in taken {
        by_queue.entry(queue).or_default().push(job);
    }
    let mut failed = None;
    for (queue, jobs) in by_queue {
        let untaken = match sqs.send(&queue, &jobs).await {
            Ok(untaken) => untaken,
            // Some of them may have been sent: they are told twice then.
            Err(error) => {
                failed = Some(error);
                jobs
            }
        };
        put_back(&mut transaction, &queue, &untaken).await?;
    }
    transaction.commit().await.map_err(db::Error::from)?;
    failed.map_or(Ok(true), |error| Err(error.into()))
}

/// Writes messages anew that SQS has lost, or put among the dead letters while their jobs still wait.
pub(super) async fn find_lost(shared: Arc<Shared>, sqs: Sqs) {
    let mut ticks = interval(shared.config.overdue.max(shared.config.poll));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        for queue in shared.registry.queues() {
            if let Err(error) = find_lost_in(&shared, &sqs, queue.name).await {
                tracing::warn!(%error, queue = queue.name, "could not look for lost messages; trying again");
            }
        }
    }
}

async fn find_lost_in(shared: &Shared, sqs: &Sqs, queue: &str) -> Result<(), MessageError> {
    if is_paused(&shared.pool, queue).await? || !sqs.is_empty(queue).await? {
        return Ok(());
    }
    let now = shared.jobs.clock().now();
    let since = earlier(now, shared.config.overdue);
    let written = write_again(&shared.pool, queue, since, MOST_SENT).await?;
    if written > 0 {
        tracing::warn!(
            queue,
            count = written,
            "jobs wait of which SQS has no message; they are told again"
        );
    }
    Ok(())
}
