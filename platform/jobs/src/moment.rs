//! Moments before and after others. What is beyond the calendar is its end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .and_then(|wait| now.checked_add(wait))
        .unwrap_or(Timestamp::MAX)
}

pub(crate) fn earlier(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .and_then(|wait| now.checked_sub(wait))
        .unwrap_or(Timestamp::MIN)
}
