//! Amazon SQS as what wakes workers: a message says which job is to be taken, and nothing else. Whether it is still
//! there to be taken, and how often it was tried, is in its row.
//!
//! Invariants:
//! - A message may come twice, late, or for a job that is long done: a job is taken by its row, and only once.
//! - One queue in SQS for each queue of ours, found by the prefix of its URL. Its dead-letter queue takes messages that
//!   were received as often as jobs may be tried; the dead job itself is a row here, as always.
//! - A batch that SQS took in part is taken for what it did, entry by entry.
//!
//! The limits are those of the SQS developer guide: ten entries a batch, twelve hours of invisibility.

use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::get_queue_attributes::GetQueueAttributesError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, QueueAttributeName, SendMessageBatchRequestEntry,
};
use kernel::JobId;
use serde::Deserialize;
use serde_json::Value;

use crate::transport::Settlement;

/// Entries of a batch, and messages of one answer, at the most.
pub(crate) const BATCH: usize = 10;
/// How long a question waits for messages, in seconds: the longest that SQS allows.
const WAIT: i32 = 20;
/// The longest invisibility, a little less than the twelve hours that are counted from the receiving.
const LONGEST: Duration = Duration::from_secs(43_195);

/// SQS could not be asked, or refused.
#[derive(Debug, thiserror::Error)]
#[error("SQS: {0}")]
pub struct SqsError(String);

impl SqsError {
    fn of(error: impl std::error::Error) -> Self {
        Self(aws_sdk_sqs::error::DisplayErrorContext(error).to_string())
    }
}

/// The queues in SQS. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sqs {
    client: Client,
    prefix: String,
}

/// A queue as SQS has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqsQueue {
    Missing,
    WithoutDeadLetters,
    /// What was received so often and not deleted goes to its dead letters.
    WithDeadLetters {
        receives: u32,
    },
}

/// As SQS writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    max_receive_count: Value,
}

/// A message as it was received: what it names, and the handle to settle it by.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// None where the body names no job: somebody else's message.
    pub(crate) job: Option<JobId>,
    pub(crate) receipt: String,
}

impl Sqs {
    /// `prefix` is what the URLs of all queues begin with; the name of the queue follows.
    pub fn new(config: &SdkConfig, prefix: &str) -> Self {
        Self {
            client: Client::new(config),
            prefix: prefix.to_owned(),
        }
    }

    fn url(&self, queue: &str) -> String {
        format!("{}{queue}", self.prefix)
    }

    /// Sends a message for each of these jobs, and gives those for which SQS took none.
    pub(crate) async fn send(&self, queue: &str, jobs: &[JobId]) -> Result<Vec<JobId>, SqsError> {
        let mut untaken = Vec::new();
        for jobs in jobs.chunks(BATCH) {
            let entries = jobs.iter().enumerate().map(|(place, job)| {
                SendMessageBatchRequestEntry::builder()
                    .id(place.to_string())
                    .message_body(job.to_string())
                    .build()
                    .map_err(SqsError::of)
            });
            let answer = self
                .client
                .send_message_batch()
                .queue_url(self.url(queue))
                .set_entries(Some(entries.collect::<Result<_, _>>()?))
                .send()
                .await
                .map_err(SqsError::of)?;
            for place in places(&answer.failed, queue) {
                untaken.extend(jobs.get(place));
            }
        }
        Ok(untaken)
    }

    /// Waits for messages, up to `most` of them, which are invisible to others for so long.
    pub(crate) async fn receive(
        &self,
        queue: &str,
        most: usize,
        invisible: Duration,
    ) -> Result<Vec<Message>, SqsError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(self.url(queue))
            .max_number_of_messages(i32::try_from(most.clamp(1, BATCH)).unwrap_or(1))
            .wait_time_seconds(WAIT)
            .visibility_timeout(seconds(invisible))
            .send()
            .await
            .map_err(SqsError::of)?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        Ok(messages
            .filter_map(|message| {
                Some(Message {
                    job: message.body.and_then(|body| body.trim().parse().ok()),
                    receipt: message.receipt_handle?,
                })
            })
            .collect())
    }

    /// Deletes messages, or hides them for a while from now on. What fails comes again by itself, and is found settled then.
    pub(crate) async fn settle(&self, settlements: Vec<Settlement>) {
        let mut gone: HashMap<String, Vec<String>> = HashMap::new();
        let mut again: HashMap<String, Vec<(String, Duration)>> = HashMap::new();
        for Settlement {
            receipt,
            again: wait,
        } in settlements
        {
            let (queue, handle) = (receipt.queue, receipt.handle);
            match wait {
                None => gone.entry(queue).or_default().push(handle),
                Some(wait) => again.entry(queue).or_default().push((handle, wait)),
            }
        }
        for (queue, receipts) in gone {
            for receipts in receipts.chunks(BATCH) {
                warn("deleted", &queue, self.delete(&queue, receipts).await);
            }
        }
        for (queue, receipts) in again {
            for receipts in receipts.chunks(BATCH) {
                warn("hidden", &queue, self.hide(&queue, receipts).await);
            }
        }
    }

    /// Looks at the queue itself.
    ///
    /// # Errors
    /// When SQS can't be asked, or doesn't let us ask.
    pub async fn look(&self, queue: &str) -> Result<SqsQueue, SqsError> {
        let asking = self.client.get_queue_attributes();
        let asked = asking
            .queue_url(self.url(queue))
            .attribute_names(QueueAttributeName::RedrivePolicy)
            .send()
            .await;
        let attributes = match asked {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetQueueAttributesError::is_queue_does_not_exist) =>
            {
                return Ok(SqsQueue::Missing);
            }
            Err(error) => return Err(SqsError::of(error)),
        };
        let policy = attributes.get(&QueueAttributeName::RedrivePolicy);
        let policy: Option<RedrivePolicy> = policy.and_then(|text| serde_json::from_str(text).ok());
        // A number, or a number in quotation marks, as it was given.
        let receives = policy.and_then(|policy| {
            let count = policy.max_receive_count.to_string();
            count.trim_matches('"').parse().ok()
        });
        Ok(match receives {
            Some(receives) => SqsQueue::WithDeadLetters { receives },
            None => SqsQueue::WithoutDeadLetters,
        })
    }

    /// Whether SQS has no message in this queue, neither waiting nor with a worker. An estimate.
    pub(crate) async fn is_empty(&self, queue: &str) -> Result<bool, SqsError> {
        let asked = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(self.url(queue))
            .set_attribute_names(Some(asked.to_vec()))
            .send()
            .await
            .map_err(SqsError::of)?;
        let numbers = answer.attributes.unwrap_or_default();
        Ok(asked
            .iter()
            .all(|name| numbers.get(name).is_some_and(|number| number == "0")))
    }

    async fn delete(&self, queue: &str, receipts: &[String]) -> Result<usize, SqsError> {
        let entries = receipts.iter().enumerate().map(|(place, receipt)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .receipt_handle(receipt)
                .build()
                .map_err(SqsError::of)
        });
        let answer = self
            .client
            .delete_message_batch()
            .queue_url(self.url(queue))
            .set_entries(Some(entries.collect::<Result<_, _>>()?))
            .send()
            .await
            .map_err(SqsError::of)?;
        Ok(places(&answer.failed, queue).len())
    }

    async fn hide(&self, queue: &str, receipts: &[(String, Duration)]) -> Result<usize, SqsError> {
        let entries = receipts.iter().enumerate().map(|(place, (receipt, wait))| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(place.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(seconds(*wait))
                .build()
                .map_err(SqsError::of)
        });
        let answer = self
            .client
            .change_message_visibility_batch()
            .queue_url(self.url(queue))
            .set_entries(Some(entries.collect::<Result<_, _>>()?))
            .send()
            .await
            .map_err(SqsError::of)?;
        Ok(places(&answer.failed, queue).len())
    }
}

/// The places of a batch's entries that failed: the answer is a 200 all the same.
fn places(failed: &[BatchResultErrorEntry], queue: &str) -> Vec<usize> {
    for entry in failed.iter().filter(|entry| entry.sender_fault()) {
        tracing::error!(
            queue,
            code = entry.code(),
            "SQS refused an entry of a batch"
        );
    }
    let places = failed.iter().filter_map(|entry| entry.id().parse().ok());
    places.collect()
}

fn warn(what: &'static str, queue: &str, failed: Result<usize, impl Display>) {
    match failed {
        Ok(0) => {}
        Ok(count) => tracing::debug!(
            queue,
            count,
            "messages could not be {what}; they come again"
        ),
        Err(error) => {
            tracing::warn!(queue, %error, "messages could not be {what}; they come again")
        }
    }
}

fn seconds(wait: Duration) -> i32 {
    // Rounded up: what comes too early is put back once more, and has been received in vain.
    let wait = wait.min(LONGEST).as_secs_f64().ceil();
    #[allow(clippy::cast_possible_truncation, reason = "at most twelve hours")]
    {
        wait as i32
    }
}
