//! What is believed of an answer.

use serde::Deserialize;

use crate::coach::layout::{self, Layout};
use crate::coach::markdown::prose;
use crate::coach::{Advice, Brief, Moment, Written};
use crate::model::facts::Facts;

/// Of texts, in characters; longer ones are no sentences.
const LONGEST_TEXT: usize = 900;
const LONGEST_TITLE: usize = 160;
/// Of each list.
const MOST_CLAIMS: usize = 6;
const MOST_ADVICE: usize = 3;
const MOST_EVIDENCE: usize = 12;
/// What a review must have at least, after all that doesn't stand was dropped.
const FEWEST_ADVICE: usize = 2;
const FEWEST_CLAIMS: usize = 3;

/// A review that stands on facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub written: Written,
    /// Claims that cited nothing, or what isn't there, or were no sentence.
    pub dropped: usize,
}

/// Why nothing of an answer is taken. Its sentence may be shown to anybody, so it holds nothing of the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("the answer is no JSON")]
    NotJson,
    #[error("the answer isn't of the shape that was asked for")]
    Shape(String),
    #[error(
        "of the answer, {claims} claims and {advice} pieces of advice stand on facts, which is too little; {dropped} don't"
    )]
    TooLittle {
        claims: usize,
        advice: usize,
        dropped: usize,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    opening: Claim,
    went_well: Vec<Claim>,
    decided: Vec<Claim>,
    key_moments: Vec<Title>,
    advice: Vec<Piece>,
}

#[derive(Deserialize)]
struct Claim {
    text: String,
    evidence: Vec<String>,
}

#[derive(Deserialize)]
struct Title {
    title: String,
    evidence: Vec<String>,
}

#[derive(Deserialize)]
struct Piece {
    title: String,
    text: String,
    evidence: Vec<String>,
}

/// Counts what doesn't stand.
struct Sieve<'a> {
    facts: &'a Facts,
    dropped: usize,
}

/// # Errors
/// If it isn't JSON of the shape that was asked for, or too little of it stands on facts.
pub fn accept(content: &str, brief: Brief) -> Result<Accepted, Rejection> {
    let answer: Answer = read(content)?;
    let mut sieve = Sieve {
        facts: brief.facts,
        dropped: 0,
    };
    let opening = sieve.claims(vec![answer.opening]).pop();
    let went_well = sieve.claims(answer.went_well);
    let decided = sieve.claims(answer.decided);
    let key_moments = sieve.moments(answer.key_moments);
    let advice = sieve.advice(answer.advice);
    let claims = went_well.len() + decided.len() + key_moments.len();
    if advice.len() < FEWEST_ADVICE || claims < FEWEST_CLAIMS {
        return Err(Rejection::TooLittle {
            claims,
            advice: advice.len(),
            dropped: sieve.dropped,
        });
    }
    let moments = key_moments
        .iter()
        .map(|one| layout::moment(one.at, &prose(&one.title)));
    let page = Layout {
        opening: opening.unwrap_or_default(),
        sections: vec![
            ("What went well", went_well),
            ("What decided the match", decided),
            ("Key moments", moments.collect()),
        ],
        advice: advice
            .iter()
            .map(|one| (prose(one.title.trim_end_matches('.')), prose(&one.text)))
            .collect(),
    };
    let summary_md = page.page(brief);
    Ok(Accepted {
        written: Written {
            summary_md,
            key_moments,
            advice,
        },
        dropped: sieve.dropped,
    })
}

/// Some models put a fence around their JSON.
fn read(content: &str) -> Result<Answer, Rejection> {
    let bare = content.trim();
    let bare = bare
        .strip_prefix("```json")
        .or_else(|| bare.strip_prefix("```"))
        .map_or(bare, |rest| rest.trim_end().trim_end_matches("```"));
    serde_json::from_str(bare).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Rejection::Shape(error.to_string().chars().take(200).collect())
        }
        _ => Rejection::NotJson,
    })
}

impl Sieve<'_> {
    /// As Markdown.
    fn claims(&mut self, claims: Vec<Claim>) -> Vec<String> {
        let mut standing = Vec::new();
        for claim in claims {
            let stands = self.evidence(&claim.evidence).is_some();
            match text(&claim.text, LONGEST_TEXT) {
                Some(text) if stands && standing.len() < MOST_CLAIMS => standing.push(prose(&text)),
                _ => self.dropped += 1,
            }
        }
        standing
    }

    /// In the order of time.
    fn moments(&mut self, titles: Vec<Title>) -> Vec<Moment> {
        let mut moments: Vec<Moment> = Vec::new();
        for one in titles {
            match (
                text(&one.title, LONGEST_TITLE),
                self.evidence(&one.evidence),
            ) {
                (Some(title), Some(evidence)) if moments.len() < MOST_CLAIMS => {
                    // Its time is the facts', not the model's.
                    let at = evidence.iter().find_map(|id| self.facts.get(id)?.at);
                    moments.push(Moment {
                        at,
                        title,
                        evidence,
                    });
                }
                _ => self.dropped += 1,
            }
        }
        moments.sort_by_key(|moment| moment.at);
        moments
    }

    fn advice(&mut self, pieces: Vec<Piece>) -> Vec<Advice> {
        let mut advice: Vec<Advice> = Vec::new();
        for one in pieces {
            let texts = (
                text(&one.title, LONGEST_TITLE),
                text(&one.text, LONGEST_TEXT),
            );
            match (texts, self.evidence(&one.evidence)) {
                ((Some(title), Some(text)), Some(evidence)) if advice.len() < MOST_ADVICE => {
                    advice.push(Advice {
                        title,
                        text,
                        evidence,
                    });
                }
                _ => self.dropped += 1,
            }
        }
        advice
    }

    /// None if nothing is cited, or anything that isn't there.
    fn evidence(&self, ids: &[String]) -> Option<Vec<String>> {
        let all_there = !ids.is_empty() && ids.iter().all(|id| self.facts.get(id).is_some());
        all_there.then(|| {
            let mut cited: Vec<String> = Vec::new();
            for id in ids {
                if !cited.contains(id) && cited.len() < MOST_EVIDENCE {
                    cited.push(id.clone());
                }
            }
            cited
        })
    }
}

/// On one line and without control characters. None if there is nothing, or more than anybody would read.
fn text(text: &str, longest: usize) -> Option<String> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            word.chars()
                .filter(|character| !character.is_control())
                .collect()
        })
        .collect();
    let text = words.join(" ");
    (!text.is_empty() && text.chars().count() <= longest).then_some(text)
}
