//! How a review looks, whoever writes it.

use std::fmt::Write as _;

use super::{Brief, compare};
use crate::model::facts::{Facts, Shape, Side};
use crate::model::scoring::Scores;
use crate::model::words::{civilization, clock};

/// A review in the making. All texts are Markdown.
pub struct Layout {
    pub opening: String,
    /// Titles, each with its lines. Those without lines are left out.
    pub sections: Vec<(&'static str, Vec<String>)>,
    /// Title and text.
    pub advice: Vec<(String, String)>,
}

impl Layout {
    pub fn page(&self, brief: Brief) -> String {
        let mut text = String::new();
        let beginning = [self.opening.clone(), scores(brief.assessment.scores)];
        section(&mut text, &heading(brief.facts), &beginning);
        for (title, lines) in &self.sections {
            section(&mut text, title, &[bullets(lines)]);
        }
        let steps = (1..)
            .zip(&self.advice)
            .map(|(number, (title, text))| format!("{number}. **{title}.** {text}"));
        section(
            &mut text,
            "What to train",
            &[steps.collect::<Vec<_>>().join("\n")],
        );
        section(
            &mut text,
            "What this rests on",
            &[bullets(&rests_on(brief))],
        );
        text
    }
}

/// A line of a moment.
pub fn moment(at: Option<u32>, title: &str) -> String {
    match at {
        Some(at) => format!("**{}** {title}", clock(at)),
        None => title.to_owned(),
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
