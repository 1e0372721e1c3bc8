//! What to train: the three things that would have changed the most.

use super::civilizations;
use crate::coach::{Advice, Brief, compare};
use crate::model::facts::{Fact, Facts};
use crate::model::metrics::Metric;
use crate::model::scoring::Compared;
use crate::model::words::{civilization, clock};

const PIECES: usize = 3;
/// Spreads worse than usual from which on it is worth training.
const WORSE: f64 = -0.25;

/// One subject is advised on once, however many numbers show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Villagers,
    Income,
    Raids,
    Spending,
    Army,
    Fights,
    Feudal,
    Castle,
    Upgrades,
    Civilization,
    Level,
    Length,
}

struct Candidate {
    subject: Subject,
    weight: f64,
    advice: Advice,
}

pub fn of(brief: Brief) -> Vec<Advice> {
    let facts = brief.facts;
    let mut candidates: Vec<Candidate> = brief
        .assessment
        .compared
        .iter()
        .filter(|one| one.better <= WORSE)
        .filter_map(|one| from_metric(one, facts))
        .collect();
    candidates.extend(longest_pause(facts));
    candidates.extend(greatest_stock(facts));
    candidates.extend(worst_fight(facts));
    candidates.extend(own_civilization(facts));
    candidates.extend(level(facts));
    candidates.extend(length(facts));
    candidates.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    let mut subjects: Vec<Subject> = Vec::new();
    candidates.retain(|one| {
        let new = !subjects.contains(&one.subject);
        subjects.push(one.subject);
        new
    });
    candidates
        .into_iter()
        .take(PIECES)
        .map(|one| one.advice)
        .collect()
}

fn from_metric(compared: &Compared, facts: &Facts) -> Option<Candidate> {
    let (subject, title, how) = training(compared.metric);
    let about = compared.metric.about();
    let evidence: Vec<String> = about
        .facts
        .iter()
        .filter(|id| facts.get(id).is_some())
        .map(|id| (*id).to_owned())
        .collect();
    // What no fact shows can't be cited, so it isn't claimed.
    (!evidence.is_empty()).then(|| Candidate {
        subject,
        weight: -compared.better * about.weight,
        advice: Advice {
            title: title.to_owned(),
            text: format!("{} {how}", compare::worse(compared)),
            evidence,
        },
    })
}

fn training(metric: Metric) -> (Subject, &'static str, &'static str) {
    match metric {
        Metric::VillagersAt10 => (
            Subject::Villagers,
            "Make villagers without a break",
            "Queue two at a time, and look back at the town center whenever you have looked at a fight; a rally point on the next resource saves the rest.",
        ),
        Metric::Idle => (
            Subject::Villagers,
            "Let no town center rest",
            "Put all town centers on one key and press it every twenty seconds; if there is no food for the next villager, more villagers belong on food.",
        ),
        Metric::IncomeAt10 => (
            Subject::Income,
            "Get more out of the villagers you have",
            "Build drop-off points beside what is gathered, move them as it runs out, and research the first gathering upgrades as soon as the Feudal Age allows.",
        ),
        Metric::VillagersLost => (
            Subject::Raids,
            "Keep villagers alive",
            "Put an outpost or a wall where they work outside, look at the map for riders, and ring the bell early rather than late.",
        ),
        Metric::StockMinutes => (
            Subject::Spending,
            "Spend what you gather",
            "When more than two units' worth of anything lies about, add a production building; when one resource piles up, move its villagers.",
        ),
        Metric::UnitsPerMinute => (
            Subject::Army,
            "Produce from more places",
            "Count your production buildings against your income at 10:00: each busy barracks or range takes about 250 resources a minute.",
        ),
        Metric::ArmyPerMinute | Metric::ArmyAt15 => (
            Subject::Army,
            "Have an army sooner",
            "Keep every production building at work from the moment it stands, with the rally point where the army gathers.",
        ),
        Metric::KillShare => (
            Subject::Fights,
            "Trade better in fights",
            "Fight with everything together, on ground of your choice, with the counter to what you have scouted, and walk away from those that start badly.",
        ),
        Metric::FeudalAt => (
            Subject::Feudal,
            "Reach the Feudal Age earlier",
            "Have the food and gold of the landmark as villager ten or eleven comes out, and build it with four or more villagers.",
        ),
        Metric::CastleAt => (
            Subject::Castle,
            "Plan the Castle Age",
            "Decide early whether you want it: if so, put gold miners down as the first military buildings stand, and don't spend that gold on the way.",
        ),
        Metric::UpgradesPerMinute | Metric::EconomicUpgradesAt10 => (
            Subject::Upgrades,
            "Research while you fight",
            "A blacksmith and a gathering upgrade each cost less than a handful of units and last the whole match: have one in research at all times.",
        ),
    }
}

fn number(fact: &Fact, name: &str) -> f64 {
    fact.numbers.get(name).copied().unwrap_or(0.0)
}

fn candidate(subject: Subject, weight: f64, fact: &Fact, title: &str, text: String) -> Candidate {
    let advice = Advice {
        title: title.to_owned(),
        text,
        evidence: vec![fact.id.clone()],
    };
    Candidate {
        subject,
        weight,
        advice,
    }
}

fn longest_pause(facts: &Facts) -> Option<Candidate> {
    let fact = facts.get("me.idle.longest")?;
    let seconds = number(fact, "seconds");
    let text = format!(
        "{} What were you doing then? Watch those seconds again: that is {:.0} villagers which never came.",
        fact.text,
        (seconds / 20.0).floor()
    );
    (seconds >= 40.0).then(|| {
        candidate(
            Subject::Villagers,
            seconds / 60.0,
            fact,
            "Find the pause",
            text,
        )
    })
}

fn greatest_stock(facts: &Facts) -> Option<Candidate> {
    let fact = facts.get("me.float.peak")?;
    let total = number(fact, "total");
    let most = ["food", "gold", "stone", "wood", "oliveoil"]
        .into_iter()
        .max_by(|one, other| number(fact, one).total_cmp(&number(fact, other)))?;
    let name = if most == "oliveoil" {
        "olive oil"
    } else {
        most
    };
    let text = format!(
        "{} The most of it was {name}, {:.0}: villagers on the wrong resource, or too few buildings to spend it in.",
        fact.text,
        number(fact, most)
    );
    (total >= 1000.0).then(|| {
        candidate(
            Subject::Spending,
            total / 2000.0,
            fact,
            "Spend before it piles up",
            text,
        )
    })
}

fn worst_fight(facts: &Facts) -> Option<Candidate> {
    let cost = |fact: &Fact| number(fact, "lost") - number(fact, "lostByOthers");
    let worst = facts
        .starting("battle.")
        .max_by(|one, other| cost(one).total_cmp(&cost(other)))?;
    let text = format!(
        "{} Watch it again, and ask at each moment whether you would have fought had you seen both armies.",
        worst.text
    );
    (cost(worst) >= 4.0).then(|| {
        candidate(
            Subject::Fights,
            cost(worst) / 8.0,
            worst,
            "Learn from your dearest fight",
            text,
        )
    })
}

fn own_civilization(facts: &Facts) -> Option<Candidate> {
    let me = facts.me()?;
    let fact = facts.get("match.civilizations")?;
    let hint = civilizations::hint(&me.civilization)?;
    let title = format!("Play what {} is good at", civilization(&me.civilization));
    Some(candidate(
        Subject::Civilization,
        0.2,
        fact,
        &title,
        format!("{hint}."),
    ))
}

/// What a match means beside the ratings of both sides.
fn level(facts: &Facts) -> Option<Candidate> {
    let fact = facts.get("match.rating_gap")?;
    let gap = number(fact, "gap");
    let advice = if gap <= -50.0 {
        "Play such a match again in your head from their view: what did they do earlier than you?"
    } else if gap >= 50.0 {
        "Against such opponents, try what you haven't mastered yet: a new opening costs you least here."
    } else {
        "Even matches are where habits decide: pick one, such as never resting town centers, and watch only that for five matches."
    };
    Some(candidate(
        Subject::Level,
        0.1,
        fact,
        "Know whom you play",
        format!("{} {advice}", fact.text),
    ))
}

fn length(facts: &Facts) -> Option<Candidate> {
    let fact = facts.get("match.result")?;
    let length = facts.length?;
    let advice = match length {
        ..600 => {
            "matches this short are decided by the opening: rehearse yours against the computer until the first five minutes are the same each time."
        }
        600..1500 => {
            "in matches of this length the Feudal and Castle Age decide: have a plan for the army that you want at 10:00, and what it is for."
        }
        _ => {
            "long matches are decided by trade, relics and walls: plan for gold that doesn't run out before the map does."
        }
    };
    let text = format!("The match lasted {}, and {advice}", clock(length));
    Some(candidate(
        Subject::Length,
        0.05,
        fact,
        "Prepare for such a match",
        text,
    ))
}
