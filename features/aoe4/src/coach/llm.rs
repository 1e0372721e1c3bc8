//! The coach behind any server that speaks OpenAI's chat completions: what is asked of it, and what is believed of the answer.
//! Nothing here calls anybody.
//!
//! The model sees facts, never the raw summary, and no name: players are "you", "opponent" and the like. What it claims
//! must cite facts; what cites none, or any that isn't there, is dropped, and of an answer of which too little is left
//! nothing is taken. No server's own checking of the schema is trusted.

mod accept;
mod prompt;
mod reply;
mod server_error;
#[cfg(test)]
mod tests;

pub use accept::{Accepted, Rejection, accept};
pub use prompt::{Asking, TokenField, request};
pub use reply::{Fault, Reply};
pub use server_error::{Cause, ServerError};
