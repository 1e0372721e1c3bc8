//! What the plays of a batch do, on top of what was known before, and the rows that say so.

use std::collections::HashSet;
use std::sync::Arc;

use hashbrown::HashMap;
use kernel::{Tag, UserId};
use rank::Standing;
use uuid::Uuid;

use super::connections::Pace;
use super::overlay::{NOW, Overlay};
use super::{BoardResult, Counted, Outcome, Play};
use crate::boards::Changes;
use crate::model::{GLOBAL, MAX_SCORE, ScoreOrder};
use crate::store::commit::{Scores, Writes, Written, signed, timestamp};

/// What a committed batch did.
#[derive(Debug)]
pub struct Committed {
    /// One for each play, in their order.
    pub outcomes: Vec<Outcome>,
    /// By board number.
    pub changes: Vec<(i32, Changes)>,
    /// Of a batch that went by memory; of others it isn't measured.
    pub pace: Option<Pace>,
}

/// Plays that were counted in memory, and are to be written.
pub struct Batch<'a> {
    pub overlay: Overlay,
    outcomes: Vec<Option<Outcome>>,
    pub writes: Writes<'a>,
    /// Who has reached the largest score, and where.
    capped: Vec<(Tag, UserId)>,
}

impl<'a> Batch<'a> {
    /// Counts those plays that have these places, one after the other.
    pub fn count(mut overlay: Overlay, plays: &[&'a Play], places: &[usize], catalog: i64) -> Self {
        let mut outcomes = vec![None; plays.len()];
        let mut capped = Vec::new();
        let mut writes = Writes {
            catalog,
            ..Writes::default()
        };
        for (nth, place) in places.iter().enumerate() {
            let play = plays[*place];
            let answer: Arc<str> = count(&mut overlay, play, nth, &mut capped).into();
            let token = play.token.as_ref();
            let rows = &mut writes.plays;
            rows.actions.push(play.action.as_str());
            rows.users.push(play.user.uuid());
            rows.games.push(play.action.game().as_str());
            rows.deltas.push(signed(play.value));
            rows.metadata.push(play.metadata.as_deref());
            rows.signatures
                .push(token.map(|token| &token.signature[..]));
            rows.expirations
                .push(token.map(|token| timestamp(token.expires_at.saturating_mul(1_000_000))));
            rows.answers.push(Arc::clone(&answer));
            outcomes[*place] = Some(Outcome::Counted {
                answer,
                replayed: false,
            });
        }
        collect_scores(&overlay, &mut writes);
        collect_played(&overlay, plays, places, &mut writes);
        Self {
            overlay,
            outcomes,
            writes,
            capped,
        }
    }

    /// What has happened, now that it is committed.
    pub fn committed(mut self, written: &Written, refused: Vec<(usize, Outcome)>) -> Committed {
        // Only now: a batch that is tried again would tell it twice.
        self.capped.iter().for_each(alert_of_cap);
        let moved = &self.writes.moved.to;
        for (nth, row) in &written.rows {
            if let (Some(number), Some(user)) = (moved.numbers.get(*nth), moved.users.get(*nth))
                && let Some(board) = self.overlay.board_mut(*number)
            {
                board.put_row(*user, *row);
            }
        }
        for (place, outcome) in refused {
            self.outcomes[place] = Some(outcome);
        }
        let changes = written.versions.iter().filter_map(|(number, version)| {
            let changes = self.overlay.board(*number)?.changes(written.now);
            let version = *version;
            Some((*number, Changes { version, changes }))
        });
        Committed {
            changes: changes.collect(),
            outcomes: self.outcomes.into_iter().flatten().collect(),
            pace: None,
        }
    }
}

/// Counts one play on every board of its game, and writes its answer.
fn count(
    overlay: &mut Overlay,
    play: &Play,
    nth: usize,
    capped: &mut Vec<(Tag, UserId)>,
) -> String {
    let reached_at = reached_at(play, nth);
    let mut answer = Counted {
        user_id: play.user,
        game_id: play.action.game().clone(),
        score_delta: play.value,
        score: 0,
        previous_score: 0,
        rank: None,
        leaderboards: Vec::new(),
    };
    for number in overlay.numbers(play.action.game()).to_vec() {
        let Some(board) = overlay.board_mut(number) else {
            continue;
        };
        let moved = board.play(play.user.uuid(), play.value, reached_at);
        let id = board.id.clone();
        if moved.capped {
            capped.push((id.clone(), play.user));
        }
        if id.as_str() == GLOBAL {
            answer.score = moved.score;
            answer.previous_score = moved.previous.unwrap_or(0);
            answer.rank = moved.rank;
        }
        answer.leaderboards.push(BoardResult {
            id,
            score: moved.score,
            rank: moved.rank,
            improved: moved.improved,
        });
    }
    serde_json::to_string(&answer).unwrap_or_default()
}

fn alert_of_cap((leaderboard, user): &(Tag, UserId)) {
    tracing::error!(
        alert = true,
        leaderboard = leaderboard.as_str(),
        user_id = %user,
        cap = MAX_SCORE,
        "score cap reached"
    );
}

/// In microseconds since the Unix epoch, or so many after the moment of writing: plays of one batch follow each other
/// in the order in which they came.
fn reached_at(play: &Play, nth: usize) -> i64 {
    let now = NOW + i64::try_from(nth).unwrap_or(0);
    play.reached_at.map_or(now, |at| at.as_microsecond())
}

/// A time as the columns have it: as it is, or none and the place in the batch.
fn time_and_place(reached_at: i64) -> (Option<jiff_sqlx::Timestamp>, i32) {
    if reached_at >= NOW {
        (None, i32::try_from(reached_at - NOW).unwrap_or(0))
    } else {
        (Some(timestamp(reached_at)), 0)
    }
}

fn collect_scores(overlay: &Overlay, writes: &mut Writes<'_>) {
    let mut known: HashSet<Uuid> = HashSet::new();
    for (number, board) in overlay.boards() {
        for (user, moved) in board.moves() {
            let rows = match moved.first {
                None => &mut writes.new,
                Some(first) => {
                    known.insert(*user);
                    if moved.has_moved() {
                        writes.moved.from.push(signed(first.score));
                        writes.moved.from_at.push(timestamp(first.reached_at));
                        writes.moved.rows.0.push(moved.row);
                        &mut writes.moved.to
                    } else {
                        &mut writes.kept
                    }
                }
            };
            add_score(rows, number, board.period, *user, &moved.now);
        }
        if board.moves().any(|(_, moved)| moved.has_moved()) {
            writes.boards.push(number);
        }
    }
    let users = writes.plays.users.iter();
    writes.unknown_players = users
        .filter(|user| !known.contains(*user))
        .copied()
        .collect();
}

fn add_score(rows: &mut Scores, number: i32, period: i32, user: Uuid, standing: &Standing) {
    let (at, place) = time_and_place(standing.reached_at);
    rows.numbers.push(number);
    rows.periods.push(period);
    rows.users.push(user);
    rows.scores.push(signed(standing.score));
    rows.at.push(at);
    rows.places.push(place);
}

fn collect_played<'a>(
    overlay: &Overlay,
    plays: &[&'a Play],
    places: &[usize],
    writes: &mut Writes<'a>,
) {
    struct Played {
        order: ScoreOrder,
        best: u64,
        last: u64,
        count: i64,
        at: i64,
    }
    let mut played: HashMap<(Uuid, &Tag), Played> = HashMap::with_capacity(places.len());
    let mut games: HashMap<Uuid, u32> = HashMap::with_capacity(places.len());
    for (nth, place) in places.iter().enumerate() {
        let play = plays[*place];
        let game = play.action.game();
        let at = reached_at(play, nth);
        let entry = played.entry((play.user.uuid(), game)).or_insert_with(|| {
            *games.entry(play.user.uuid()).or_default() += 1;
            Played {
                order: game_order(overlay, game),
                best: play.value,
                last: play.value,
                count: 0,
                at,
            }
        });
        entry.best = entry.order.best(entry.best, play.value);
        entry.count += 1;
        if at >= entry.at {
            (entry.last, entry.at) = (play.value, at);
        }
    }
    for ((user, game), played) in played {
        let rows = &mut writes.played;
        let (at, place) = time_and_place(played.at);
        rows.users.push(user);
        rows.games.push(game.as_str());
        rows.best.push(signed(played.best));
        rows.last.push(signed(played.last));
        rows.count.push(played.count);
        rows.alone.push(at.is_none() && games[&user] == 1);
        rows.at.push(at);
        rows.places.push(place);
        let is_known = rows.ascending_games.contains(&game.as_str());
        if played.order == ScoreOrder::Asc && !is_known {
            rows.ascending_games.push(game.as_str());
        }
    }
}

/// Which score is best in a game: as the game's own board has it.
fn game_order(overlay: &Overlay, game: &Tag) -> ScoreOrder {
    overlay
        .numbers(game)
        .iter()
        .filter_map(|number| overlay.board(*number))
        .find(|board| board.id == *game)
        .map_or(ScoreOrder::Desc, |board| board.order)
}
