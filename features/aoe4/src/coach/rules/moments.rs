//! The moments that decided a match, chosen from the facts.

use crate::coach::Moment;
use crate::model::facts::{Fact, Facts, Shape};
use crate::model::words::{civilization, clock};

const MOST_MOMENTS: usize = 6;
/// Seconds between both players' ages that are worth a word.
const AGE_GAP: f64 = 30.0;

/// In the order of time, the most telling of all.
pub fn of(facts: &Facts) -> Vec<Moment> {
    let mut weighed: Vec<(f64, Moment)> = Vec::new();
    weighed.extend(facts.starting("battle.").map(battle));
    weighed.extend(facts.starting("swing.").map(swing));
    weighed.extend(leads(facts));
    weighed.extend(ages(facts));
    weighed.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    weighed.truncate(MOST_MOMENTS);
    let mut moments: Vec<Moment> = weighed.into_iter().map(|(_, moment)| moment).collect();
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn number(fact: &Fact, name: &str) -> f64 {
    fact.numbers.get(name).copied().unwrap_or(0.0)
}

fn moment(fact: &Fact, title: impl Into<String>) -> Moment {
    Moment {
        at: fact.at,
        title: title.into(),
        evidence: vec![fact.id.clone()],
    }
}

/// A moment shows its time beside its title.
fn without_time(fact: &Fact) -> String {
    let time = fact.at.map(|at| format!(" at {}", clock(at)));
    fact.text.replacen(&time.unwrap_or_default(), "", 1)
}

/// The more fell, and the more one-sidedly, the more it weighs.
fn battle(fact: &Fact) -> (f64, Moment) {
    let (lost, others, villagers) = (
        number(fact, "lost"),
        number(fact, "lostByOthers"),
        number(fact, "villagersLost"),
    );
    let raid = villagers >= 3.0 && villagers * 2.0 >= lost;
    let judged = if raid {
        format!("A raid took {villagers:.0} villagers")
    } else if others >= lost * 1.3 {
        "A fight went your way".to_owned()
    } else if lost >= others * 1.3 {
        "A fight went against you".to_owned()
    } else {
        "A fight that neither side won".to_owned()
    };
    let title = format!("{judged}: {lost:.0} lost, against {others:.0}.");
    (
        (lost + others) * 0.5 + (lost - others).abs() * 2.0 + villagers,
        moment(fact, title),
    )
}

fn swing(fact: &Fact) -> (f64, Moment) {
    let change = number(fact, "change");
    let military = (number(fact, "myMilitary") - number(fact, "theirMilitary")).abs();
    let by = if military * 2.0 >= change.abs() {
        ", mostly by the armies"
    } else {
        ""
    };
    let side = if change > 0.0 { "your" } else { "the other" };
    let title = format!(
        "The score moved {:.0} points to {side} side within a minute{by}.",
        change.abs()
    );
    (change.abs() / 20.0, moment(fact, title))
}

/// The last change weighs most: after it, nothing turned.
fn leads(facts: &Facts) -> Vec<(f64, Moment)> {
    let leads: Vec<&Fact> = facts.starting("lead.").collect();
    let last = leads.len().saturating_sub(1);
    leads
        .iter()
        .enumerate()
        .map(|(index, fact)| {
            let weight = if index == last { 40.0 } else { 8.0 };
            (weight, moment(fact, without_time(fact)))
        })
        .collect()
}

fn ages(facts: &Facts) -> Vec<(f64, Moment)> {
    if facts.shape != Shape::Duel {
        return Vec::new();
    }
    let told = |age: &str| -> Option<(f64, Moment)> {
        let (mine, theirs) = (
            facts.get(&format!("me.age.{age}")),
            facts.get(&format!("opponent.age.{age}")),
        );
        let name = civilization(age);
        match (mine, theirs) {
            (Some(mine), Some(theirs)) => {
                let gap = number(theirs, "seconds") - number(mine, "seconds");
                let (first, title) = if gap > 0.0 {
                    (
                        mine,
                        format!("You were in the {name} Age {gap:.0} s before your opponent."),
                    )
                } else {
                    (
                        theirs,
                        format!(
                            "Your opponent was in the {name} Age {:.0} s before you.",
                            -gap
                        ),
                    )
                };
                let evidence = vec![mine.id.clone(), theirs.id.clone()];
                let moment = Moment {
                    at: first.at,
                    title,
                    evidence,
                };
                (gap.abs() >= AGE_GAP).then_some((gap.abs() / 4.0, moment))
            }
            (Some(mine), None) => Some((
                25.0,
                moment(mine, format!("Only you reached the {name} Age.")),
            )),
            (None, Some(theirs)) => Some((
                25.0,
                moment(
                    theirs,
                    format!("Only your opponent reached the {name} Age."),
                ),
            )),
            (None, None) => None,
        }
    };
    ["feudal", "castle", "imperial"]
        .into_iter()
        .filter_map(told)
        .collect()
}
