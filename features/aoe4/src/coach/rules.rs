//! The coach that needs nobody: compares the facts with what is usual, and writes the whole review.
//!
//! The same match gives the same review. Every sentence stands on facts and numbers that are shown beside it; what couldn't
//! be seen is said.

mod advice;
mod civilizations;
mod moments;
#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;

use super::layout::{self, Layout};
use super::markdown::escape;
use super::{Answered, Asked, Brief, Coach, Written, compare};
use crate::model::facts::{Facts, Shape};
use crate::model::scoring::Compared;

/// Spreads better than usual from which on something went well.
const WELL: f64 = 0.3;

/// The coach that needs nobody.
#[derive(Clone, Copy, Debug)]
pub struct Rules;

impl Coach for Rules {
    fn review<'a>(&'a self, brief: Brief<'a>) -> BoxFuture<'a, Asked> {
        Box::pin(std::future::ready(Asked {
            outcome: Ok(Answered {
                written: review(brief),
                model: "rules".to_owned(),
            }),
            usage: None,
        }))
    }
}

pub fn review(brief: Brief) -> Written {
    let key_moments = moments::of(brief.facts);
    let advice = advice::of(brief);
    let mut sections = Vec::new();
    if brief.facts.from_summary && !brief.facts.seats.is_empty() {
        let moments = key_moments
            .iter()
            .map(|one| layout::moment(one.at, &one.title));
        sections.push(("What went well", went_well(brief)));
        sections.push(("What decided the match", moments.collect()));
    } else {
        let known = brief.facts.facts.iter().map(|fact| fact.text.clone());
        sections.push(("What is known", known.collect()));
    }
    let page = Layout {
        opening: opening(brief.facts),
        sections,
        advice: advice
            .iter()
            .map(|one| (one.title.clone(), one.text.clone()))
            .collect(),
    };
    Written {
        summary_md: page.page(brief),
        key_moments,
        advice,
    }
}

/// What sort of a match it was, by how the lead went.
fn opening(facts: &Facts) -> String {
    let Some(me) = facts.me() else {
        return "You are not among the players of this match, so there is nothing to say about your play.".to_owned();
    };
    let mut sentences: Vec<String> = Vec::new();
    if facts.shape == Shape::Duel
        && let Some(opponent) = facts.opponents().next()
        && !opponent.name.trim().is_empty()
    {
        sentences.push(format!("Your opponent was {}.", escape(&opponent.name)));
    }
    if facts.from_summary {
        sentences.extend(facts.get("match.result").map(|fact| fact.text.clone()));
    }
    let won = me.result.as_deref() == Some("win");
    let who = if facts.shape == Shape::Teams {
        "Your side"
    } else {
        "You"
    };
    let ahead = facts
        .number("lead", "percentAhead")
        .filter(|_| facts.starting("lead.").next().is_some());
    if let Some(ahead) = ahead {
        let changes = facts.number("lead", "changes").unwrap_or(0.0);
        sentences.push(match (won, ahead) {
            (true, 65.0..) => format!("{who} led for {ahead:.0} % of it, and it never slipped away for long."),
            (true, ..35.0) => format!("{who} led for only {ahead:.0} % of it, and turned it all the same: well held."),
            (true, _) => format!("It was open, with {changes:.0} changes of the lead, and the better end was yours."),
            (false, 50.0..) => {
                format!("{who} led for {ahead:.0} % of it. This one was there to be won, and the end is where to look.")
            }
            (false, ..15.0) => format!("{who} hardly ever led, so the first minutes matter more than the last fight."),
            (false, _) => format!("{who} led for {ahead:.0} % of it; what cost you the rest stands below."),
        });
    }
    if let Some(gap) = facts
        .number("match.rating_gap", "gap")
        .filter(|gap| gap.abs() >= 50.0)
    {
        sentences.push(match (won, gap < 0.0) {
            (true, true) => format!("That was against {:.0} points more than yours.", -gap),
            (false, true) => format!(
                "The other side was rated {:.0} points above you, which is a lot to make up for.",
                -gap
            ),
            (true, false) => format!("You were rated {gap:.0} points higher, and it showed."),
            (false, false) => format!(
                "You were rated {gap:.0} points higher, so there is something to find here."
            ),
        });
    }
    sentences.join(" ")
}

fn went_well(brief: Brief) -> Vec<String> {
    let mut best: Vec<&Compared> = brief
        .assessment
        .compared
        .iter()
        .filter(|one| one.better >= WELL)
        .collect();
    best.sort_by(|one, other| other.better.total_cmp(&one.better));
    let mut lines: Vec<String> = best.into_iter().take(3).map(compare::better).collect();
    if lines.is_empty() {
        lines.extend(compare::first_to_age(brief.facts));
    }
    if lines.is_empty() {
        lines.push(
            "Nothing stood out above what is usual, which leaves the most to gain below."
                .to_owned(),
        );
    }
    lines
}
