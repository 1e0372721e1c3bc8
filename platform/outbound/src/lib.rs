//! Floor 1: calls to the outside: one HTTP client with time-outs, size caps and no surprises.
//!
//! - A call ends within [`TOTAL_TIMEOUT`], whatever the other side does.
//! - An answer is never read past the cap that the caller names.
//! - No redirects: the address that was configured is the address that is called.
//! - Every call says who we are.

mod client;
mod error;

pub use client::{Client, Config, TOTAL_TIMEOUT};
pub use error::Error;
