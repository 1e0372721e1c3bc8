//! Floor 0: the words that every other crate speaks in. No I/O here, ever.
//!
//! - [`Id`]s are TypeIDs outside and plain UUIDv7 inside.
//! - [`Clock`] is the only source of "now": no other crate reads the wall clock, so no test has to sleep.
//! - [`Failure`] is what a feature's error tells the edge; only the edge knows HTTP status codes.
//! - [`Cursor`]s and [`PageLimit`]s are how every list is paged.

mod clock;
mod day;
mod failure;
mod id;
mod networks;
mod page;
mod random;
mod secret;
mod tag;
mod timestamp;

pub use clock::Clock;
pub use day::{Day, DayError};
pub use failure::{ErrorKind, Failure, FieldError};
pub use id::{
    AlertId, ApiKeyId, DriverNotificationId, FeedbackId, Id, IdError, JobId, Kind, NotificationId,
    RequestId, ReviewId, ReviewTaskId, SessionId, UserId,
};
pub use networks::{Networks, NetworksError};
pub use page::{Cursor, CursorError, Page, PageLimit};
pub use random::random_bytes;
pub use secret::Secret;
pub use tag::{Tag, TagError};
pub use timestamp::{Moment, rfc3339_milliseconds, write_rfc3339_milliseconds};
