//! Villagers, idle town centres, resources that came, lay about and were spent, and the score at the end.

use super::{Fact, Seat, marks};
use crate::model::sight::{ENOUGH_VILLAGERS, OPENING_SECONDS, Sight, VILLAGER_SECONDS};
use crate::model::words::{clock, counted};

/// Stock beyond which resources are said to lie about.
pub const MUCH_STOCK: i64 = 1000;

pub fn facts(seat: &Seat, sight: &Sight, closely: bool) -> Vec<Fact> {
    let mut facts = Vec::new();
    if !sight.villagers.made.is_empty() {
        if closely {
            facts.extend(marks(sight.length).map(|at| villagers(seat, sight, at)));
        }
        facts.push(all_villagers(seat, sight));
    }
    if closely {
        facts.extend(town_centres(seat, sight));
        facts.extend(idle(seat, sight));
        facts.extend(stock(seat, sight));
        facts.extend(spent(seat, sight));
        facts.extend(marks(sight.length).filter_map(|at| income(seat, sight, at)));
        facts.extend(commands(seat, sight));
    }
    facts.extend(score(seat, sight));
    facts
}

fn villagers(seat: &Seat, sight: &Sight, at: u32) -> Fact {
    let alive = sight.villagers.alive_at(at);
    let text = format!(
        "{} had {} at {}.",
        seat.subject(),
        counted(alive, "villager"),
        clock(at)
    );
    Fact::new(seat.id(&format!("villagers.{at}")), text)
        .at(at)
        .count("alive", alive)
        .count("made", sight.villagers.made_by(at))
        .count("lost", sight.villagers.lost_by(at))
}

fn all_villagers(seat: &Seat, sight: &Sight) -> Fact {
    let (made, lost) = (sight.villagers.made.len(), sight.villagers.lost.len());
    let alive = sight.villagers.alive_at(sight.length);
    let text = format!(
        "{} had {} in all, lost {lost} of them, and ended with {alive}.",
        seat.subject(),
        counted(made, "villager")
    );
    let fact = Fact::new(seat.id("villagers"), text)
        .count("made", made)
        .count("lost", lost)
        .count("alive", alive);
    match sight.villagers.lost.first() {
        Some(&first) => fact.number("firstLostSeconds", first),
        None => fact,
    }
}

fn town_centres<'a>(seat: &'a Seat, sight: &'a Sight) -> impl Iterator<Item = Fact> + 'a {
    let later = (1_u32..).zip(&sight.town_centres.made).skip(1).take(4);
    later.map(|(number, &at)| {
        let text = format!(
            "{} had town center {number} at {}.",
            seat.subject(),
            clock(at)
        );
        let id = seat.id(&format!("town_center.{number}"));
        Fact::new(id, text).at(at).number("seconds", at)
    })
}

fn idle(seat: &Seat, sight: &Sight) -> Vec<Fact> {
    let Some(idle) = sight.idle().filter(|idle| idle.available > 0) else {
        return Vec::new();
    };
    let percent = 100.0 * f64::from(idle.idle) / f64::from(idle.available);
    let missed = idle.idle / VILLAGER_SECONDS;
    let text = format!(
        "{} left town centers idle for about {} of {} ({percent:.0} %) before {ENOUGH_VILLAGERS} villagers or the end: \
         time for {missed} more.",
        seat.subject(),
        clock(idle.idle),
        clock(idle.available)
    );
    let mut facts = vec![
        Fact::new(seat.id("idle"), text)
            .number("idleSeconds", idle.idle)
            .number("availableSeconds", idle.available)
            .number("percent", percent.round())
            .number("villagersMissed", missed),
    ];
    if idle.longest > VILLAGER_SECONDS {
        let text = format!(
            "{} made no villager at all for {} s from {} on.",
            seat.subject(),
            idle.longest,
            clock(idle.longest_at)
        );
        facts.push(
            Fact::new(seat.id("idle.longest"), text)
                .at(idle.longest_at)
                .number("seconds", idle.longest),
        );
    }
    facts
}

fn stock(seat: &Seat, sight: &Sight) -> Vec<Fact> {
    let samples: Vec<(u32, i64)> = sight.stock().collect();
    let Some(&(peak_at, peak)) = samples
        .iter()
        .max_by_key(|(at, sum)| (*sum, std::cmp::Reverse(*at)))
    else {
        return Vec::new();
    };
    let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
    let mean = samples.iter().map(|(_, sum)| sum).sum::<i64>() / count;
    let much = samples.iter().filter(|(_, sum)| *sum > MUCH_STOCK).count();
    let percent = i64::try_from(much * 100).unwrap_or(0) / count;
    let text = format!(
        "{} had {mean} resources unspent on average after {}, and more than {MUCH_STOCK} for {percent} % of that time.",
        seat.subject(),
        clock(OPENING_SECONDS)
    );
    let peak_text = format!(
        "{} had the most unspent at {}: {peak} resources.",
        seat.subject(),
        clock(peak_at)
    );
    let mut most = Fact::new(seat.id("float.peak"), peak_text)
        .at(peak_at)
        .amount("total", peak);
    let series = &sight.player.series;
    let sample = series.timestamps.partition_point(|&time| time < peak_at);
    for (name, column) in ["food", "gold", "stone", "wood", "oliveoil"]
        .into_iter()
        .zip(series.stock.all())
    {
        if let Some(&amount) = column.get(sample) {
            most = most.amount(name, amount);
        }
    }
    vec![
        Fact::new(seat.id("float"), text)
            .amount("mean", mean)
            .amount("percentAbove1000", percent),
        most,
    ]
}

fn spent(seat: &Seat, sight: &Sight) -> Option<Fact> {
    let (gathered, spent) = (sight.player.gathered, sight.player.spent);
    if gathered.total <= 0 || sight.length == 0 {
        return None;
    }
    let per_minute = gathered.total * 60 / i64::from(sight.length);
    let percent = (spent.total * 100 / gathered.total).clamp(0, 100);
    let text = format!(
        "{} gathered {} resources ({per_minute} a minute) and spent {} of them ({percent} %).",
        seat.subject(),
        gathered.total,
        spent.total
    );
    let fact = Fact::new(seat.id("resources"), text)
        .amount("gathered", gathered.total)
        .amount("spent", spent.total)
        .amount("perMinute", per_minute)
        .amount("percentSpent", percent)
        .amount("food", gathered.food)
        .amount("gold", gathered.gold)
        .amount("stone", gathered.stone)
        .amount("wood", gathered.wood);
    Some(if gathered.oliveoil > 0 {
        fact.amount("oliveoil", gathered.oliveoil)
    } else {
        fact
    })
}

fn income(seat: &Seat, sight: &Sight, at: u32) -> Option<Fact> {
    let income = sight.income_at(at)?;
    let text = format!(
        "{} gathered {income} a minute at {}.",
        seat.subject(),
        clock(at)
    );
    Some(
        Fact::new(seat.id(&format!("income.{at}")), text)
            .at(at)
            .amount("perMinute", income),
    )
}

fn commands(seat: &Seat, sight: &Sight) -> Option<Fact> {
    let apm = sight.player.apm?;
    let text = format!("{} gave {apm} commands a minute.", seat.subject());
    Some(Fact::new(seat.id("apm"), text).number("perMinute", apm))
}

fn score(seat: &Seat, sight: &Sight) -> Option<Fact> {
    let scores = sight.player.scores;
    if scores.total == 0 {
        return None;
    }
    let text = format!(
        "{} ended with a score of {}: military {}, economy {}, technology {}, society {}.",
        seat.subject(),
        scores.total,
        scores.military,
        scores.economy,
        scores.technology,
        scores.society
    );
    Some(
        Fact::new(seat.id("score"), text)
            .amount("total", scores.total)
            .amount("military", scores.military)
            .amount("economy", scores.economy)
            .amount("technology", scores.technology)
            .amount("society", scores.society),
    )
}
