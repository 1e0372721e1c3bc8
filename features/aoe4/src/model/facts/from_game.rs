//! What can be said of a match that has no summary, or not yet.

#[cfg(test)]
mod tests;

use super::{Fact, Facts, Shape, Side, plain_kind, sides};
use crate::model::game::Game;
use crate::model::words::{civilization, clock, plain};

pub fn facts(game: &Game, profile_id: u64) -> Facts {
    let seats = sides::of_game(game, profile_id);
    let mut facts = Facts {
        game_id: game.id,
        map: plain(&game.map),
        kind: plain_kind(&game.kind),
        length: game.duration,
        shape: Shape::of(&seats),
        running: game.is_running(),
        from_summary: false,
        seats,
        facts: Vec::new(),
        unseen: Vec::new(),
    };
    if facts.seats.is_empty() {
        facts
            .unseen
            .push("what you did, since you are not in this match".to_owned());
        return facts;
    }
    let result = result(&facts);
    facts.facts.push(result);
    let civilizations = civilizations(&facts);
    facts.facts.push(civilizations);
    facts.facts.extend(ratings(game, profile_id));
    let why = if facts.running {
        "since the match was still running"
    } else {
        "since the match has no summary"
    };
    facts.unseen.push(format!("what you made and when, {why}"));
    facts
        .unseen
        .push(format!("how resources, armies and scores went, {why}"));
    if facts.shape == Shape::Alone {
        facts
            .unseen
            .push("how you compare to an opponent, since there was none".to_owned());
    }
    facts
}

fn result(facts: &Facts) -> Fact {
    let outcome = match facts.me().and_then(|me| me.result.as_deref()) {
        _ if facts.running => "The match was still running",
        Some("win") => "You won",
        Some("loss") => "You lost",
        _ => "The match ended",
    };
    match facts.length {
        Some(length) => {
            let text = format!("{outcome} after {}, on {}.", clock(length), facts.map);
            Fact::new("match.result", text)
                .at(length)
                .number("seconds", length)
        }
        None => Fact::new("match.result", format!("{outcome}, on {}.", facts.map)),
    }
}

pub fn civilizations(facts: &Facts) -> Fact {
    let of = |side: Side| -> Vec<String> {
        let seats = facts.seats.iter().filter(|seat| seat.side == side);
        seats.map(|seat| civilization(&seat.civilization)).collect()
    };
    let mine = of(Side::Me).join(", ");
    let (allies, opponents) = (of(Side::Ally), of(Side::Opponent));
    let with = if allies.is_empty() {
        String::new()
    } else {
        format!(" beside {}", allies.join(", "))
    };
    let against = if opponents.is_empty() {
        " against nobody".to_owned()
    } else {
        format!(" against {}", opponents.join(", "))
    };
    Fact::new(
        "match.civilizations",
        format!("You played {mine}{with}{against}."),
    )
    .count("allies", allies.len())
    .count("opponents", opponents.len())
}

/// Points of the ladder if they are told, else Elo.
pub fn ratings(game: &Game, profile_id: u64) -> Vec<Fact> {
    let Some(me) = game.participant(profile_id) else {
        return Vec::new();
    };
    let mut facts = Vec::new();
    let (rating, diff) = if me.rating.is_some() {
        (me.rating, me.rating_diff)
    } else {
        (me.mmr, me.mmr_diff)
    };
    if let Some(rating) = rating {
        let changed = diff
            .map(|diff| format!(", and {diff:+} after it"))
            .unwrap_or_default();
        let fact = Fact::new(
            "me.rating",
            format!("Your rating was {rating} before the match{changed}."),
        )
        .number("rating", rating);
        facts.push(match diff {
            Some(diff) => fact.number("change", diff),
            None => fact,
        });
    }
    let theirs: Vec<i32> = game
        .opponents(profile_id)
        .filter_map(|one| {
            if me.rating.is_some() {
                one.rating
            } else {
                one.mmr
            }
        })
        .collect();
    if let (Some(rating), false) = (rating, theirs.is_empty()) {
        let count = i64::try_from(theirs.len()).unwrap_or(i64::MAX);
        let mean = theirs.iter().map(|&one| i64::from(one)).sum::<i64>() / count;
        let gap = i64::from(rating) - mean;
        let text = match gap {
            0 => "Both sides were rated the same.".to_owned(),
            gap if gap > 0 => format!("You were rated {gap} points above the other side."),
            gap => format!(
                "You were rated {} points below the other side.",
                gap.unsigned_abs()
            ),
        };
        facts.push(
            Fact::new("match.rating_gap", text)
                .amount("gap", gap)
                .amount("theirs", mean),
        );
    }
    facts
}
