//! Battles: times in which many units died close after one another.

use super::{Fact, Seat, Side};
use crate::model::sight::Sight;
use crate::model::words::clock;

/// Seconds of quiet that end a battle.
const QUIET_SECONDS: u32 = 25;
/// Losses of both sides that make it worth a word.
const FEWEST_LOSSES: usize = 6;
const MOST_BATTLES: usize = 6;

struct Battle {
    from: u32,
    to: u32,
    mine: usize,
    theirs: usize,
    villagers: usize,
}

impl Battle {
    fn losses(&self) -> usize {
        self.mine + self.theirs
    }
}

/// The greatest, in the order of time. Losses to a third side of a free-for-all count too: who killed isn't told.
pub fn facts(seats: &[Seat], sights: &[Sight]) -> Vec<Fact> {
    let mut losses: Vec<(u32, bool, bool)> = Vec::new();
    for (seat, sight) in seats.iter().zip(sights) {
        let ours = seat.side != Side::Opponent;
        losses.extend(sight.military.lost.iter().map(|&at| (at, ours, false)));
        losses.extend(sight.villagers.lost.iter().map(|&at| (at, ours, true)));
    }
    losses.sort_unstable();
    let mut battles: Vec<Battle> = Vec::new();
    for (at, ours, villager) in losses {
        let goes_on = battles
            .last()
            .is_some_and(|battle| at - battle.to <= QUIET_SECONDS);
        if !goes_on {
            battles.push(Battle {
                from: at,
                to: at,
                mine: 0,
                theirs: 0,
                villagers: 0,
            });
        }
        if let Some(battle) = battles.last_mut() {
            battle.to = at;
            match (ours, villager) {
                (true, true) => {
                    (battle.mine, battle.villagers) = (battle.mine + 1, battle.villagers + 1)
                }
                (true, false) => battle.mine += 1,
                (false, _) => battle.theirs += 1,
            }
        }
    }
    battles.retain(|battle| battle.losses() >= FEWEST_LOSSES);
    battles.sort_by_key(|battle| std::cmp::Reverse(battle.losses()));
    battles.truncate(MOST_BATTLES);
    battles.sort_by_key(|battle| battle.from);

    let mine = if seats.iter().any(|seat| seat.side == Side::Ally) {
        "your side"
    } else {
        "you"
    };
    let theirs = match seats
        .iter()
        .filter(|seat| seat.side == Side::Opponent)
        .count()
    {
        1 => "your opponent",
        _ => "the others",
    };
    battles
        .iter()
        .map(|battle| fact(battle, mine, theirs))
        .collect()
}

fn fact(battle: &Battle, mine: &str, theirs: &str) -> Fact {
    let villagers = match battle.villagers {
        0 => String::new(),
        1 => " (1 of them a villager)".to_owned(),
        count => format!(" ({count} of them villagers)"),
    };
    let text = format!(
        "In the fighting from {} to {}, {mine} lost {} units{villagers} and {theirs} {}.",
        clock(battle.from),
        clock(battle.to),
        battle.mine,
        battle.theirs
    );
    Fact::new(format!("battle.{}", battle.from), text)
        .at(battle.from)
        .number("seconds", battle.to - battle.from)
        .count("lost", battle.mine)
        .count("lostByOthers", battle.theirs)
        .count("villagersLost", battle.villagers)
}
