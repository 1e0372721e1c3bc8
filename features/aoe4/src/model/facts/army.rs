//! What fights: how many over time, of what, and what became of them.

use super::{Fact, Seat, marks};
use crate::model::sight::{Family, Sight};
use crate::model::words::{clock, counted, plural, slug, unit};

/// The sorts of units that are told one by one.
const MOST_FAMILIES: usize = 8;

pub fn facts(seat: &Seat, sight: &Sight, closely: bool) -> Vec<Fact> {
    if !sight.has_build_order() {
        return Vec::new();
    }
    let mut facts = Vec::new();
    if closely {
        facts.extend(marks(sight.length).map(|at| alive(seat, sight, at)));
        facts.extend(first(seat, sight));
        facts.extend(
            sight
                .families
                .iter()
                .take(MOST_FAMILIES)
                .map(|one| family(seat, one)),
        );
    }
    facts.push(army(seat, sight));
    facts
}

fn alive(seat: &Seat, sight: &Sight, at: u32) -> Fact {
    let alive = sight.military.alive_at(at);
    let text = format!(
        "{} had {} at {}.",
        seat.subject(),
        counted(alive, "military unit"),
        clock(at)
    );
    Fact::new(seat.id(&format!("military.{at}")), text)
        .at(at)
        .count("alive", alive)
        .count("made", sight.military.made_by(at))
        .count("lost", sight.military.lost_by(at))
}

fn first(seat: &Seat, sight: &Sight) -> Option<Fact> {
    let &at = sight.military.made.iter().find(|&&at| at > 0)?;
    let text = format!(
        "{} had the first military unit at {}.",
        seat.subject(),
        clock(at)
    );
    Some(
        Fact::new(seat.id("military.first"), text)
            .at(at)
            .number("seconds", at),
    )
}

fn family(seat: &Seat, family: &Family) -> Fact {
    let (made, lost) = (family.lives.made.len(), family.lives.lost.len());
    let name = unit(&family.name);
    let text = format!(
        "{} made {} and lost {lost} of them.",
        seat.subject(),
        counted(made, &name)
    );
    let fact = Fact::new(seat.id(&format!("army.{}", slug(&family.name))), text)
        .count("made", made)
        .count("lost", lost);
    match family.lives.made.first() {
        Some(&first) => fact.number("firstSeconds", first),
        None => fact,
    }
}

fn army(seat: &Seat, sight: &Sight) -> Fact {
    let (made, lost) = (sight.military.made.len(), sight.military.lost.len());
    let kills = sight.player.stat("sqkill");
    let mostly: Vec<String> = sight
        .families
        .iter()
        .filter(|one| one.lives.made.len() * 5 >= made.max(1))
        .take(3)
        .map(|one| plural(&unit(&one.name)))
        .collect();
    let mostly = if mostly.is_empty() {
        String::new()
    } else {
        format!(", mostly {}", mostly.join(", "))
    };
    let text = format!(
        "{} made {}{mostly}, lost {lost} of them and killed {kills} units.",
        seat.subject(),
        counted(made, "military unit")
    );
    Fact::new(seat.id("army"), text)
        .count("made", made)
        .count("lost", lost)
        .amount("kills", kills)
}
