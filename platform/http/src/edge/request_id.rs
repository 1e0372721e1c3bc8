//! The id of a request, which its answer, its log lines and its errors carry.

use http::{HeaderName, HeaderValue};
use kernel::{Clock, RequestId};
use rand::Rng as _;
use uuid::Builder;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAXIMUM_LENGTH: usize = 128;

/// The client's, when it is a sane token that is safe in a header, a log and a URL; a new one otherwise.
pub(super) fn request_id(sent: Option<&HeaderValue>, clock: &Clock) -> HeaderValue {
    match sent {
        Some(sent) if is_sane(sent.as_bytes()) => sent.clone(),
        _ => new_id(clock),
    }
}

fn is_sane(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    (1..=MAXIMUM_LENGTH).contains(&id.len()) && id.iter().all(allowed)
}

/// A UUIDv7 like any other, but of randomness that costs no system call: nothing depends on nobody guessing it.
fn new_id(clock: &Clock) -> HeaderValue {
    let milliseconds = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    let uuid = Builder::from_unix_timestamp_millis(milliseconds, &rand::rng().random()).into_uuid();
    let mut id = Vec::with_capacity(30);
    RequestId::new(uuid).write_to(&mut id);
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}
