//! Who plays whom, and when: a season's matches, which follow from the seed and the season's number alone.
//!
//! Time is cut into slots, each of which begins one match, so that new ones appear for ever and a server that starts anew
//! finds the same. Nobody is in two matches at a time. Ratings are carried from match to match within a season.

mod ladders;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::players::{PLAYERS, Player};
use super::{civilizations, stream};
use ladders::Ladders;

pub const SLOT_SECONDS: i64 = 600;
/// A week of them.
const SLOTS: i64 = 7 * 24 * 6;
/// At the end of a season, in which no match begins, so that none reaches into the next.
const QUIET_SLOTS: i64 = 8;
/// The first player is in every fifth slot's match, so that whoever looks soon finds a new one.
const REGULAR_SLOTS: i64 = 5;
/// So often somebody tries something alone.
const ALONE_SLOTS: i64 = 17;
/// Matches on the way to a rating.
pub const PLACEMENTS: u32 = 5;
const FIRST_ID: i64 = 300_000_000;

const MAPS: [(&str, &str, &str); 10] = [
    ("Dry Arabia", "micro", "Gobi Desert"),
    ("Altai", "micro", "Taiga"),
    ("Lipany", "micro", "Temperate Europe"),
    ("Cliffside", "micro", "Mediterranean"),
    ("Hidden Valley", "micro", "Grasslands"),
    ("Rocky River", "small", "Gobi Desert"),
    ("Four Lakes", "small", "Taiga"),
    ("Gorge", "small", "Subtropical Asia"),
    ("Hideout", "small", "Grasslands"),
    ("King of the Hill", "micro", "Steppes"),
];
const SERVERS: [&str; 5] = ["UK", "Korea", "USA (E)", "Brazil (S)", "Australia"];
const REASONS: [&str; 6] = [
    "Surrender",
    "Surrender",
    "Surrender",
    "Surrender",
    "Elimination",
    "Conquest",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// So many a side.
    Ranked(usize),
    Custom,
}

/// A match, as it will have been: what is told of it at a moment is up to whoever tells.
#[derive(Debug)]
pub struct Match {
    pub id: u64,
    pub season: i64,
    pub started_at: Timestamp,
    /// Game seconds.
    pub length: u32,
    /// Seconds on the wall, loading included.
    pub duration: u32,
    pub kind: Kind,
    pub map_id: usize,
    pub map: &'static str,
    pub map_size: &'static str,
    pub biome: &'static str,
    pub server: &'static str,
    pub teams: Vec<Vec<Seat>>,
    /// None where somebody played alone.
    pub winner: Option<usize>,
    pub reason: &'static str,
    /// When its summary is there; some never are.
    pub published_at: Option<Timestamp>,
    pub(super) seed: u64,
}

#[derive(Clone, Debug)]
pub struct Seat {
    /// In the order of the world's players.
    pub player: usize,
    pub civilization: &'static str,
    pub randomized: bool,
    /// Before the match, as `mmr` is. None before the placements are through.
    pub rating: Option<i32>,
    pub rating_diff: Option<i32>,
    pub mmr: Option<i32>,
    pub mmr_diff: Option<i32>,
}

#[derive(Debug)]
pub struct Season {
    /// In the order of time.
    pub matches: Vec<Arc<Match>>,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ranked(1) => "rm_1v1",
            Self::Ranked(2) => "rm_2v2",
            Self::Ranked(3) => "rm_3v3",
            Self::Ranked(_) => "rm_4v4",
            Self::Custom => "custom",
        }
    }

    /// Whose points it counts for.
    pub fn ladder(self) -> &'static str {
        match self {
            Self::Ranked(1) => "rm_solo",
            Self::Ranked(_) => "rm_team",
            Self::Custom => "custom",
        }
    }
}

impl Match {
    pub fn ended_at(&self) -> Timestamp {
        self.started_at + SignedDuration::from_secs(self.duration.into())
    }

    pub fn is_running(&self, now: Timestamp) -> bool {
        now < self.ended_at()
    }

    pub fn is_published(&self, now: Timestamp) -> bool {
        self.published_at.is_some_and(|at| at <= now)
    }

    /// With the number of the team.
    pub fn seats(&self) -> impl Iterator<Item = (usize, &Seat)> {
        let teams = self.teams.iter().enumerate();
        teams.flat_map(|(team, seats)| seats.iter().map(move |seat| (team, seat)))
    }

    pub fn has(&self, player: usize) -> bool {
        self.seats().any(|(_, seat)| seat.player == player)
    }
}

/// The season of a moment.
pub fn number(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SLOT_SECONDS * SLOTS)
}

/// The season of a match, going by its id.
pub fn number_of(id: u64) -> Option<i64> {
    let id = i64::try_from(id).ok().filter(|&id| id >= FIRST_ID)?;
    Some((id - FIRST_ID) / 2 / SLOTS)
}

impl Season {
    pub fn new(seed: u64, players: &[Player], number: i64) -> Self {
        let mut ladders = Ladders::new(players, &mut stream(seed, number.cast_unsigned()));
        let mut busy_until = vec![0; players.len()];
        let mut matches = Vec::new();
        let first = number * SLOTS;
        for slot in first..first + SLOTS - QUIET_SLOTS {
            let seed = super::mix(seed, slot.cast_unsigned());
            let mut draw = Draw {
                players,
                busy_until: &mut busy_until,
                begins: slot * SLOT_SECONDS,
                rng: stream(seed, 1),
            };
            let regular = slot % REGULAR_SLOTS == 0;
            let alone = slot % ALONE_SLOTS == 1;
            let id = |which: i64| FIRST_ID.saturating_add(slot * 2 + which).unsigned_abs();
            let mut add = |drawn: Option<Match>| {
                matches.extend(drawn.map(|drawn| Match {
                    season: number,
                    seed,
                    ..drawn
                }));
            };
            add(draw.ranked(id(0), regular, &mut ladders));
            if alone {
                let whose = usize::try_from(slot / ALONE_SLOTS).unwrap_or(0) % players.len();
                add(draw.alone(id(1), whose));
            }
        }
        matches.sort_by_key(|one| one.started_at);
        Self {
            matches: matches.into_iter().map(Arc::new).collect(),
        }
    }
}

/// One slot's matches.
struct Draw<'a> {
    players: &'a [Player],
    /// Unix seconds.
    busy_until: &'a mut [i64],
    begins: i64,
    rng: StdRng,
}

impl Draw<'_> {
    fn ranked(&mut self, id: u64, regular: bool, ladders: &mut Ladders) -> Option<Match> {
        let started = self.begins + self.rng.random_range(0..240);
        // The first player is kept for the slots that are theirs.
        let mut free: Vec<usize> = (1..PLAYERS.min(self.players.len()))
            .filter(|&player| self.busy_until[player] <= started)
            .collect();
        let host = if regular && self.busy_until[0] <= started {
            0
        } else {
            *free
                .choose_weighted(&mut self.rng, |&player| self.players[player].eagerness)
                .ok()?
        };
        let wanted = match self.rng.random_range(0..100) {
            0..72 => 1,
            72..86 => 2,
            86..94 => 3,
            _ => 4,
        };
        free.retain(|&player| player != host);
        let a_side = wanted.min(free.len().div_ceil(2));
        if a_side == 0 {
            return None;
        }
        // Those who are about as strong, give or take.
        let near = |player: usize| (self.players[player].skill - self.players[host].skill).abs();
        let mut by_distance: Vec<(f64, usize)> = Vec::with_capacity(free.len());
        for player in free {
            let luck: f64 = self.rng.random_range(0.0..0.12);
            by_distance.push((near(player) + luck, player));
        }
        by_distance.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut chosen: Vec<usize> = by_distance.iter().map(|(_, player)| *player).collect();
        chosen.truncate(2 * a_side - 1);
        chosen.push(host);
        chosen.shuffle(&mut self.rng);
        let teams = [&chosen[..a_side], &chosen[a_side..]];
        let winner = usize::from(!self.first_team_wins(teams));
        let kind = Kind::Ranked(a_side);
        let length = self.length(a_side);
        let seats = ladders.play(kind, teams, winner, |player| self.civilization(player));
        let mut one = self.match_of(id, kind, started, length);
        for player in &chosen {
            self.busy_until[*player] = one.ended_at().as_second() + 90;
        }
        // Of one in twenty the replay can't be read.
        let minutes: i64 = self.rng.random_range(1..9);
        one.published_at = (!self.rng.random_bool(0.05))
            .then(|| one.ended_at() + SignedDuration::from_mins(minutes));
        (one.teams, one.winner) = (seats, Some(winner));
        Some(one)
    }

    /// Against nobody, to try something out.
    fn alone(&mut self, id: u64, player: usize) -> Option<Match> {
        // Once the match before is over, if that isn't too late.
        let started = self.busy_until[player].max(self.begins + 300);
        if started > self.begins + 2 * SLOT_SECONDS {
            return None;
        }
        let length = self.rng.random_range(120..280);
        let mut one = self.match_of(id, Kind::Custom, started, length);
        self.busy_until[player] = one.ended_at().as_second();
        let (civilization, randomized) = self.civilization(player);
        one.teams = vec![vec![Seat {
            player,
            civilization,
            randomized,
            rating: None,
            rating_diff: None,
            mmr: None,
            mmr_diff: None,
        }]];
        Some(one)
    }

    fn match_of(&mut self, id: u64, kind: Kind, started: i64, length: u32) -> Match {
        let map_id = self.rng.random_range(0..MAPS.len());
        let (map, map_size, biome) = MAPS[map_id];
        Match {
            id,
            season: 0,
            started_at: Timestamp::from_second(started).unwrap_or_default(),
            length,
            duration: length + self.rng.random_range(18..34),
            kind,
            map_id,
            map,
            map_size,
            biome,
            server: SERVERS[self.rng.random_range(0..SERVERS.len())],
            teams: Vec::new(),
            winner: None,
            reason: REASONS[self.rng.random_range(0..REASONS.len())],
            published_at: None,
            seed: 0,
        }
    }

    fn first_team_wins(&mut self, teams: [&[usize]; 2]) -> bool {
        let [ours, theirs] = teams.map(|team| {
            let sum: f64 = team
                .iter()
                .map(|&player| self.players[player].strength())
                .sum();
            sum / f64::from(u32::try_from(team.len()).unwrap_or(1).max(1))
        });
        self.rng.random_bool(ladders::expected(ours, theirs))
    }

    /// Game seconds: most are over after a quarter of an hour, some last.
    fn length(&mut self, a_side: usize) -> u32 {
        let luck: f64 = self.rng.random_range(0.0..1.0);
        let (least, spread) = if a_side == 1 {
            (720.0, 1_560.0)
        } else {
            (1_000.0, 1_700.0)
        };
        let seconds = least + spread * luck.powf(1.4);
        u32::try_from(seconds as i64).unwrap_or(900)
    }

    fn civilization(&mut self, player: usize) -> (&'static str, bool) {
        if self.rng.random_bool(0.015) {
            return (civilizations::UNHEARD_OF, false);
        }
        let favourites = &self.players[player].favourites;
        if self.rng.random_bool(0.7) {
            (
                favourites[self.rng.random_range(0..favourites.len())],
                false,
            )
        } else {
            let any = self.rng.random_range(0..civilizations::ALL.len());
            (civilizations::ALL[any].slug, self.rng.random_bool(0.4))
        }
    }
}
