//! Coaches: who turns the facts of a match into a review. What they claim stands on facts, which they cite by id.

mod compare;
mod layout;
pub mod llm;
pub mod markdown;
pub mod rules;

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
