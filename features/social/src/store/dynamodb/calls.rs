//! How DynamoDB is asked.
//!
//! Invariants:
//! - What it answers in part is asked for again, until it has answered all of it.
//! - What it puts off is tried again a bounded number of times, after waits that grow and are spread by chance. Single
//!   calls are left to the SDK's own rules, which are the same.
//! - A transaction is tried again only where it is known that nothing of it was done.
//!
//! The limits are those of the DynamoDB developer guide: a hundred keys or actions a call, twenty-five writes a batch.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, DeleteRequest, KeysAndAttributes, TransactWriteItem, WriteRequest,
};
use aws_sdk_dynamodb::{Client, error::DisplayErrorContext};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::item::Item;
use crate::store::StoreError;

/// Keys that are read by one call.
pub const READ_TOGETHER: usize = 100;
/// Items that are written or removed by one call.
pub const WRITTEN_TOGETHER: usize = 25;
/// Calls of one question that are under way at a time.
pub const AT_A_TIME: usize = 32;
/// How often a call is made before it is given up, which takes a second and a half of waiting at the most.
pub const TRIES: u32 = 6;
/// Before the second try, at the most; doubled for each further one.
pub const FIRST_WAIT: Duration = Duration::from_millis(50);

const CONDITION_FAILED: &str = "ConditionalCheckFailed";
/// Reasons for which the same transaction may succeed a moment later.
const FOR_A_MOMENT: [&str; 3] = [
    "TransactionConflict",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
];

/// What DynamoDB or the way to it said, for the log.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB: {0}")]
pub struct DynamoError(String);

pub fn away(error: impl std::error::Error) -> StoreError {
    because(DisplayErrorContext(error).to_string())
}

pub fn because(why: impl Into<String>) -> StoreError {
    StoreError::Away(Box::new(DynamoError(why.into())))
}

/// The wait after so many tries. `chance`, from 0 to 1, spreads it over the whole of it: what collided doesn't collide
/// again.
fn wait(tried: u32, chance: f64) -> Duration {
    let longest = match tried.checked_sub(1) {
        Some(doubled) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doubled)),
        None => Duration::ZERO,
    };
    longest.mul_f64(chance.clamp(0.0, 1.0))
}

/// Before a further try. There is nothing to wait for before the first.
pub async fn pause(tried: u32) {
    if tried > 0 {
        tokio::time::sleep(wait(tried, rand::random())).await;
    }
}

/// Reads what is there of these keys, which are at most [`READ_TOGETHER`] and each there once, by table.
pub async fn read_batch(
    client: &Client,
    mut asked: HashMap<String, KeysAndAttributes>,
) -> Result<HashMap<String, Vec<Item>>, StoreError> {
    let mut found: HashMap<String, Vec<Item>> = HashMap::new();
    for tried in 0..TRIES {
        pause(tried).await;
        let answer = client.batch_get_item().set_request_items(Some(asked));
        let answer = answer.send().await.map_err(away)?;
        for (table, items) in answer.responses.unwrap_or_default() {
            found.entry(table).or_default().extend(items);
        }
        asked = answer.unprocessed_keys.unwrap_or_default();
        if asked.is_empty() {
            return Ok(found);
        }
    }
    Err(because(format!("no answer for some keys in {TRIES} tries")))
}

/// Reads what is there of these keys, each of which is there once, in no order.
pub async fn read_all(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
) -> Result<Vec<Item>, StoreError> {
    let batches: Vec<Vec<Item>> = keys.chunks(READ_TOGETHER).map(<[Item]>::to_vec).collect();
    let reading = batches.into_iter().map(|keys| async move {
        let asked = HashMap::from([(table.to_owned(), consistently(keys)?)]);
        let found = read_batch(client, asked).await?;
        Ok::<_, StoreError>(found.into_values().flatten().collect::<Vec<_>>())
    });
    let found: Vec<Vec<Item>> = stream::iter(reading)
        .buffer_unordered(AT_A_TIME)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

pub fn consistently(keys: Vec<Item>) -> Result<KeysAndAttributes, StoreError> {
    let asked = KeysAndAttributes::builder().set_keys(Some(keys));
    asked.consistent_read(true).build().map_err(away)
}

/// The removal of the item that has this key.
pub fn deletion(key: Item) -> Result<WriteRequest, StoreError> {
    let delete = DeleteRequest::builder().set_key(Some(key));
    let delete = delete.build().map_err(away)?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}

/// Writes and removes items of one table, each at most once.
pub async fn write_all(
    client: &Client,
    table: &str,
    writes: Vec<WriteRequest>,
) -> Result<(), StoreError> {
    let batches: Vec<_> = writes.chunks(WRITTEN_TOGETHER).map(<[_]>::to_vec).collect();
    let writing = batches
        .into_iter()
        .map(|batch| write_batch(client, table, batch));
    stream::iter(writing)
        .buffer_unordered(AT_A_TIME)
        .try_collect()
        .await
}

async fn write_batch(
    client: &Client,
    table: &str,
    batch: Vec<WriteRequest>,
) -> Result<(), StoreError> {
    let mut left = HashMap::from([(table.to_owned(), batch)]);
    for tried in 0..TRIES {
        pause(tried).await;
        let answer = client.batch_write_item().set_request_items(Some(left));
        let answer = answer.send().await.map_err(away)?;
        left = answer.unprocessed_items.unwrap_or_default();
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(because(format!("some items not taken in {TRIES} tries")))
}

/// What became of a transaction.
#[derive(Debug)]
pub enum Outcome {
    Done,
    /// Nothing was done, since conditions weren't met: by action, in their order.
    Refused(Vec<Refusal>),
}

/// What an action has to do with a refusal.
#[derive(Debug)]
pub enum Refusal {
    /// It would have been done.
    No,
    /// Its condition wasn't met: by what, where the action asks for that.
    Because(Option<Item>),
}

impl Refusal {
    pub fn is_because(&self) -> bool {
        matches!(self, Self::Because(_))
    }
}

/// Does all of these actions, each on an item of its own, or none.
pub async fn transact(
    client: &Client,
    actions: Vec<TransactWriteItem>,
) -> Result<Outcome, StoreError> {
    for tried in 0..TRIES {
        pause(tried).await;
        // The SDK gives each call a token of its own, by which it repeats it where its outcome isn't known.
        let call = client.transact_write_items();
        let call = call.set_transact_items(Some(actions.clone()));
        let Err(error) = call.send().await else {
            return Ok(Outcome::Done);
        };
        let Some(reasons) = reasons(error.as_service_error()) else {
            return Err(away(error));
        };
        match verdict(reasons) {
            Verdict::Refused(refusals) => return Ok(Outcome::Refused(refusals)),
            Verdict::Later => {}
            Verdict::Wrong => return Err(away(error)),
        }
    }
    Err(because(format!(
        "a transaction met others in {TRIES} tries"
    )))
}

fn reasons(error: Option<&TransactWriteItemsError>) -> Option<&[CancellationReason]> {
    match error? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(cancelled.cancellation_reasons())
        }
        _ => None,
    }
}

#[derive(Debug)]
enum Verdict {
    Refused(Vec<Refusal>),
    Later,
    Wrong,
}

/// What the reasons of a cancelled transaction, by action, mean for it.
fn verdict(reasons: &[CancellationReason]) -> Verdict {
    let codes = reasons.iter().filter_map(CancellationReason::code);
    let mut codes = codes.filter(|code| *code != "None").peekable();
    if codes.peek().is_none() {
        return Verdict::Wrong;
    }
    let (mut failed, mut wrong) = (false, false);
    for code in codes {
        failed |= code == CONDITION_FAILED;
        wrong |= code != CONDITION_FAILED && !FOR_A_MOMENT.contains(&code);
    }
    match (wrong, failed) {
        (true, _) => Verdict::Wrong,
        (false, false) => Verdict::Later,
        (false, true) => Verdict::Refused(reasons.iter().map(refusal).collect()),
    }
}

fn refusal(reason: &CancellationReason) -> Refusal {
    if reason.code() == Some(CONDITION_FAILED) {
        Refusal::Because(reason.item().cloned())
    } else {
        Refusal::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(codes: &[&str]) -> Verdict {
        let reasons: Vec<_> = codes
            .iter()
            .map(|code| CancellationReason::builder().code(*code).build())
            .collect();
        verdict(&reasons)
    }

    #[test]
    fn waits_grow_and_are_spread_over_their_whole_length() {
        assert_eq!(wait(0, 1.0), Duration::ZERO);
        assert_eq!(wait(1, 1.0), FIRST_WAIT);
        assert_eq!(wait(4, 0.5), 4 * FIRST_WAIT);
        assert_eq!(wait(4, 0.0), Duration::ZERO);
    }

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        let later = ["None", "TransactionConflict", "ThrottlingError"];
        assert!(matches!(judged(&later), Verdict::Later));
        for wrong in [
            &["None", "ValidationError"][..],
            &["TransactionConflict", "ItemCollectionSizeLimitExceeded"],
            &["ConditionalCheckFailed", "ValidationError"],
            &["None"],
            &[],
        ] {
            assert!(matches!(judged(wrong), Verdict::Wrong), "{wrong:?}");
        }
    }

    #[test]
    fn refusals_are_told_by_action() {
        let Verdict::Refused(refusals) =
            judged(&["None", "ConditionalCheckFailed", "TransactionConflict"])
        else {
            panic!("it is refused");
        };
        let because: Vec<bool> = refusals.iter().map(Refusal::is_because).collect();
        assert_eq!(because, [false, true, false]);
    }
}
