//! Coaches: who turns the facts of a match into a review. What they claim stands on facts, which they cite by id.

mod compare;
mod layout;
pub mod llm;
pub mod markdown;
pub mod rules;

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::model::facts::Facts;
use crate::model::scoring::Assessment;

/// What a coach is given.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    pub facts: &'a Facts,
    /// Empty if there was no summary.
    pub assessment: &'a Assessment,
}

/// Who writes reviews. Only the rules always do.
pub trait Coach: Send + Sync {
    fn review<'a>(&'a self, brief: Brief<'a>) -> BoxFuture<'a, Asked>;
}

/// What became of asking a coach, and what it cost: what failed is paid for, too.
#[derive(Debug)]
pub struct Asked {
    pub outcome: Result<Answered, Unwritten>,
    /// None if nobody said.
    pub usage: Option<Usage>,
}

/// A review, and who wrote it.
#[derive(Clone, Debug)]
pub struct Answered {
    pub written: Written,
    /// `rules`, or the model.
    pub model: String,
}

/// Why there is no review. Each sentence is shown to the player, and to whoever a review is shared with: what
/// the server said is for the log.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// It may go better later.
    #[error("{why}")]
    Later { why: String, wait: Option<Duration> },
    /// Nobody was asked: it wasn't our turn in time.
    #[error("There was no room to ask the language model.")]
    NotAsked { wait: Option<Duration> },
    /// It won't go better.
    #[error("{why}")]
    Never { why: String },
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub prompt: u64,
    /// Those of reasoning among them.
    pub completion: u64,
}

/// What a coach gives back. Scores aren't among it: they are computed, whoever writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    pub summary_md: String,
    /// In the order of time.
    pub key_moments: Vec<Moment>,
    /// The most important first.
    pub advice: Vec<Advice>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// Game seconds.
    pub at: Option<u32>,
    /// Plain text.
    pub title: String,
    /// Ids of facts.
    pub evidence: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// Plain text, as `text` is.
    pub title: String,
    pub text: String,
    /// Ids of facts.
    pub evidence: Vec<String>,
}
