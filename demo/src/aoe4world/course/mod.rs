//! What happened in a match, second by second: a small game of its own, in which what is made has to be paid for with what
//! was gathered, and armies meet. Who wins is known beforehand; the fights see to it.

mod fights;
mod orders;
mod plan;
mod realm;
mod record;
mod samples;

use super::players::Player;
use super::season::Match;
use super::{civilizations, stream};
use fights::Campaign;

pub use realm::{RESOURCES, Realm};
pub use record::{Landmark, Thing, ThingKind};

/// Seconds between samples.
pub const SAMPLE_SECONDS: u32 = 20;

/// Everybody's match.
#[derive(Debug)]
pub struct Course {
    /// In the order of the match's seats.
    pub realms: Vec<Realm>,
}

impl Course {
    pub fn of(played: &Match, players: &[Player]) -> Self {
        let mut campaign = Campaign::new(
            played.winner,
            played.length,
            stream(played.seed, 0x0ba7_71e5),
        );
        let mut realms: Vec<Realm> = (2..)
            .zip(played.seats())
            .map(|(number, (team, seat))| {
                let skill = players.get(seat.player).map_or(0.5, |player| player.skill);
                let civilization = civilizations::find(seat.civilization);
                Realm::new(civilization, team, skill, stream(played.seed, number))
            })
            .collect();
        for now in 0..=played.length {
            for realm in &mut realms {
                realm.live(now);
            }
            campaign.fight(&mut realms, now);
            if now.is_multiple_of(SAMPLE_SECONDS) {
                for realm in &mut realms {
                    realm.sample(now);
                }
            }
        }
        Self { realms }
    }
}
