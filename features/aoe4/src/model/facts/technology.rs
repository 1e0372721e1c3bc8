//! Ages, landmarks and upgrades.

use super::{Fact, Seat};
use crate::model::sight::Sight;
use crate::model::words::{clock, plain, slug, upgrade};

const AGES: [(&str, &str); 3] = [
    ("feudal", "Feudal"),
    ("castle", "Castle"),
    ("imperial", "Imperial"),
];
/// The most that are told one by one.
const MOST_UPGRADES: usize = 40;
const MOST_LANDMARKS: usize = 12;

pub fn facts(seat: &Seat, sight: &Sight, closely: bool) -> Vec<Fact> {
    let mut facts: Vec<Fact> = AGES
        .iter()
        .zip(sight.ages)
        .filter_map(|((id, name), at)| Some(age(seat, id, name, at?)))
        .collect();
    if !closely {
        return facts;
    }
    facts.extend(landmarks(seat, sight));
    if sight.has_build_order() {
        facts.push(all_upgrades(seat, sight));
        let told = sight.upgrades.iter().take(MOST_UPGRADES);
        facts.extend(told.map(|one| {
            let name = upgrade(&one.stem);
            let text = format!("{} had {name} at {}.", seat.subject(), clock(one.at));
            let id = seat.id(&format!("upgrade.{}", slug(&one.stem)));
            Fact::new(id, text).at(one.at).number("seconds", one.at)
        }));
    }
    facts.extend(places(seat, sight));
    facts
}

fn age(seat: &Seat, id: &str, name: &str, at: u32) -> Fact {
    let text = format!(
        "{} reached the {name} Age at {}.",
        seat.subject(),
        clock(at)
    );
    Fact::new(seat.id(&format!("age.{id}")), text)
        .at(at)
        .number("seconds", at)
}

/// Those that led to an age, or were built otherwise; not the capital that one begins with.
fn landmarks<'a>(seat: &'a Seat, sight: &'a Sight) -> impl Iterator<Item = Fact> + 'a {
    let built = sight
        .player
        .landmarks
        .iter()
        .filter(|landmark| landmark.at > 0);
    (1_u32..)
        .zip(built.take(MOST_LANDMARKS))
        .map(|(number, landmark)| {
            let name = plain(&landmark.name);
            let text = format!("{} built {name} by {}.", seat.subject(), clock(landmark.at));
            let fact = Fact::new(seat.id(&format!("landmark.{number}")), text)
                .at(landmark.at)
                .number("seconds", landmark.at);
            match landmark.new_age {
                Some(age) => fact.number("age", age),
                None => fact,
            }
        })
}

fn all_upgrades(seat: &Seat, sight: &Sight) -> Fact {
    let all = sight.upgrades.len();
    let economic = sight.upgrades.iter().filter(|one| one.economic).count();
    let text = format!(
        "{} researched {all} upgrades, of which {economic} were economic.",
        seat.subject()
    );
    let fact = Fact::new(seat.id("upgrades"), text)
        .count("all", all)
        .count("economic", economic);
    let first = |economic: bool| sight.upgrades.iter().find(|one| one.economic == economic);
    let fact = match first(true) {
        Some(one) => fact.number("firstEconomicSeconds", one.at),
        None => fact,
    };
    match first(false) {
        Some(one) => fact.number("firstOtherSeconds", one.at),
        None => fact,
    }
}

/// Relics and sacred sites, by what AoE4World calls their actions.
fn places<'a>(seat: &'a Seat, sight: &'a Sight) -> impl Iterator<Item = Fact> + 'a {
    const PLACES: [(&str, &str, &str, &str); 2] = [
        ("relics", "monkStatetreeDepositRelic", "relic", "deposited"),
        (
            "sacred_sites",
            "monkCaptureHolySite",
            "sacred site",
            "captured",
        ),
    ];
    PLACES.iter().filter_map(|(id, action, what, did)| {
        // One capture is told several times within seconds, once for each monk.
        let mut times = sight.player.actions.get(*action)?.clone();
        if *id == "sacred_sites" {
            times.dedup_by(|later, earlier| *later - *earlier <= 5);
        }
        let (first, count) = (*times.first()?, times.len());
        let many = if count == 1 { "" } else { "s" };
        let text = format!(
            "{} {did} {count} {what}{many}, first at {}.",
            seat.subject(),
            clock(first)
        );
        Some(Fact::new(seat.id(id), text).at(first).count("count", count))
    })
}
