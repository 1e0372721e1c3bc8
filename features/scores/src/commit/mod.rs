//! Group commit: scores that arrive while the last batch is being written are written together, by a handful
//! of statements in one transaction. Nobody is answered before COMMIT.
//!
//! The walk of a score: [`GroupCommit::submit`] puts a [`Play`] into a bounded queue and waits · a writer
//! takes all that is there · [`batch`] locks the players, claims the actions, computes scores and ranks, writes,
//! raises the boards' versions, commits · the boards in memory take the changes · everyone is answered.
//! A batch that fails for a reason of its own is written one by one, so that a bad play fails alone.

mod batch;
mod outcome;
mod overlay;
mod queue;
mod unite;

pub use batch::{make_boards, write};
pub use outcome::{BoardResult, Counted, Outcome, Play, TokenRecord};
pub use queue::{CommitError, GroupCommit};
