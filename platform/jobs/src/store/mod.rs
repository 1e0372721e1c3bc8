//! The only SQL of jobs.

pub(crate) mod admin;
pub(crate) mod enqueue;
pub(crate) mod finish;
pub(crate) mod keep;
#[cfg(feature = "aws")]
pub(crate) mod message;
pub(crate) mod overview;
pub(crate) mod pick;
pub(crate) mod read;
pub(crate) mod schedule;
