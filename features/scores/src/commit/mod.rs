//! Group commit: scores that arrive while the last batch is being written are written together, by one statement in
//! one transaction. Nobody is answered before COMMIT.
//!
//! The walk of a score: [`GroupCommit::submit`] puts a [`Play`] into a bounded queue and waits · a writer
//! takes all that is there · [`batch`] computes scores and ranks from what is in memory, and PostgreSQL checks that
//! nobody else has moved what they were computed from, writes, raises the boards' versions and commits; otherwise it
//! is read first · the boards in memory take the changes · everyone is answered.
//! A batch that fails for a reason of its own is written one by one, so that a bad play fails alone.

mod batch;
mod connections;
mod count;
mod outcome;
mod overlay;
mod queue;
mod trust;
mod unite;

pub use batch::{make_boards, prepare, write};
pub use outcome::{BoardResult, Counted, Outcome, Play, TokenRecord};
pub use queue::{CommitError, GroupCommit};
pub use trust::Trust;
