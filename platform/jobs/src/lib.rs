//! Floor 1: jobs on PostgreSQL: enqueued in the caller's own transaction, run once or more, taking effect once.
//!
//! - [`Job`] is a payload with how it is to be run; a [`Registry`] holds who does it.
//! - [`Jobs`] is the way in, and tells what became of a job.
//! - [`Worker`] runs them, with leases: if its server dies, another takes over.
//! - [`Schedule`]s enqueue them by the calendar, once over all servers.
//!
//! Invariants:
//! - The row is the truth. Notices wake workers and may be lost; a slow poll finds what they missed.
//! - Each picking-up has a lease with an id of its own, and only who names it may finish the job. So what a handler
//!   commits with [`Running::complete`] happens once.
//! - Picking up reads the head of an index, however many jobs wait.
//! - Nothing here knows what a job is about.

mod admin;
mod enqueue;
mod every;
mod found;
mod job;
mod jobs;
mod moment;
mod overview;
mod queue;
mod registry;
mod retry;
mod running;
mod schedule;
#[cfg(feature = "aws")]
mod sqs;
mod store;
mod transport;
mod worker;

pub use admin::{DeadJob, QueueState};
pub use enqueue::{Enqueued, New};
pub use every::{every, every_or_when_asked};
pub use found::{Cancel, FailedAttempt, Found, State};
pub use job::{Done, Job, JobError, Priority};
pub use jobs::{CHANNELS, Change, Jobs};
pub use overview::DayOfJobs;
pub use queue::Queue;
pub use registry::Registry;
pub use retry::Retry;
pub use running::{Progress, Running};
pub use schedule::{Schedule, Timing};
#[cfg(feature = "aws")]
pub use sqs::{Sqs, SqsError, SqsQueue};
pub use transport::Transport;
pub use worker::{Worker, WorkerConfig};
