//! The coach that needs nobody: compares the facts with what is usual, and writes the whole review.
//!
//! The same match gives the same review. Every sentence stands on facts and numbers that are shown beside it; what couldn't
//! be seen is said.

mod advice;
mod civilizations;
mod compare;
mod moments;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::markdown::escape;
use super::{Brief, Written};
use crate::model::facts::{Facts, Shape, Side};
use crate::model::scoring::{Compared, Scores};
use crate::model::words::{civilization, clock};

/// Spreads better than usual from which on something went well.
const WELL: f64 = 0.3;

pub fn review(brief: Brief) -> Written {
    let key_moments = moments::of(brief.facts);
    let advice = advice::of(brief);
    let mut text = String::new();
    section(
        &mut text,
        &heading(brief.facts),
        &[opening(brief.facts), scores(brief.assessment.scores)],
    );
    if brief.facts.from_summary && !brief.facts.seats.is_empty() {
        section(&mut text, "What went well", &[bullets(&went_well(brief))]);
        let moments: Vec<String> = key_moments
            .iter()
            .map(|moment| match moment.at {
                Some(at) => format!("**{}** {}", clock(at), moment.title),
                None => moment.title.clone(),
            })
            .collect();
        section(&mut text, "What decided the match", &[bullets(&moments)]);
    } else if !brief.facts.facts.is_empty() {
        let known: Vec<String> = brief
            .facts
            .facts
            .iter()
            .map(|fact| fact.text.clone())
            .collect();
        section(&mut text, "What is known", &[bullets(&known)]);
    }
    let steps: Vec<String> = (1..)
        .zip(&advice)
        .map(|(number, one)| format!("{number}. **{}.** {}", one.title, one.text))
        .collect();
    section(&mut text, "What to train", &[steps.join("\n")]);
    section(
        &mut text,
        "What this rests on",
        &[bullets(&rests_on(brief))],
    );
    Written {
        summary_md: text,
        key_moments,
        advice,
    }
}

/// Nothing if there is nothing in it.
fn section(text: &mut String, title: &str, paragraphs: &[String]) {
    let paragraphs: Vec<&str> = paragraphs
        .iter()
        .map(String::as_str)
        .filter(|one| !one.is_empty())
        .collect();
    if paragraphs.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "## {title}\n\n{}", paragraphs.join("\n\n"));
}

fn bullets(lines: &[String]) -> String {
    lines
        .iter()
        .map(|line| format!("- {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn heading(facts: &Facts) -> String {
    let Some(me) = facts.me() else {
        return format!("A match on {}", facts.map);
    };
    let outcome = match me.result.as_deref() {
        _ if facts.running => "still running",
        Some("win") => "won",
        Some("loss") => "lost",
        _ => "without a result",
    };
    let mine = civilization(&me.civilization);
    let against = match facts.shape {
        Shape::Duel => facts
            .opponents()
            .next()
            .map(|opponent| format!(" against {}", civilization(&opponent.civilization)))
            .unwrap_or_default(),
        Shape::Teams => {
            let allies = facts
                .seats
                .iter()
                .filter(|seat| seat.side == Side::Ally)
                .count();
            format!(", {} against {}", allies + 1, facts.opponents().count())
        }
        Shape::FreeForAll => format!(", one of {}", facts.seats.len()),
        Shape::Alone => " alone".to_owned(),
    };
    format!("{mine}{against} on {}, {outcome}", facts.map)
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

fn scores(scores: Scores) -> String {
    let all = [
        ("Overall", scores.overall),
        ("economy", scores.economy),
        ("military", scores.military),
        ("technology", scores.technology),
        ("macro", scores.r#macro),
    ];
    let told = all
        .iter()
        .filter_map(|(name, score)| Some(format!("{name} **{}**", (*score)?)));
    told.collect::<Vec<_>>().join(" · ")
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

fn rests_on(brief: Brief) -> Vec<String> {
    let mut lines = compare::groups(brief.assessment);
    lines.extend(
        brief
            .facts
            .unseen
            .iter()
            .map(|what| format!("It could not be seen {what}.")),
    );
    lines
}
