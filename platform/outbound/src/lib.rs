//! Floor 1: calls to the outside: one HTTP client with time-outs, retries, limits per host, and size caps.
//!
//! - A call ends within the time that its [`Request`] allows, retries and waits included, whatever the other side does.
//! - An answer is never read past the cap that the caller names.
//! - What may have happened is not asked for again, unless it is idempotent or the caller says that it may be.
//! - A host that fails again and again is left alone for a while; one that says when to come back is heard.
//! - No redirects: the address that was configured is the address that is called.
//! - An address that a user gave ([`Request::foreign`]) leads to the public internet, or nowhere. That is checked
//!   where the connection gets its addresses from, so that no name can mean one thing to us and another to it.
//! - Every call says who we are.
//! - What a service allows us as a whole, however many servers we are, is counted by all of them together ([`Shared`]).

mod answer;
mod breaker;
mod client;
mod error;
mod guard;
mod host;
mod oauth;
mod pace;
mod paced;
mod request;
mod retry;
mod shared;

pub use answer::Answer;
pub use client::{Client, Config};
pub use error::Error;
pub use host::Limits;
pub use oauth::OauthError;
pub use paced::{CALL, LEFT_ALONE, Paced};
pub use request::{Request, TOTAL_TIMEOUT};
pub use shared::{Shared, SharedLimits, Turn};
