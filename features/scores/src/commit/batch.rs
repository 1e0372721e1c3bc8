//! One batch, in one transaction.
//!
//! What the plays do to scores and ranks is computed here, from what was known before. Usually that is what the boards in
//! memory have: then all that PostgreSQL does is to check it and to write, in one round trip. Where memory was wrong,
//! or can't say, PostgreSQL is read first, under the players' locks.

use std::collections::HashSet;
use std::time::Instant;

use db::Error;
use kernel::{Clock, Tag};
use parking_lot::Mutex;
use rank::{PlayerId, Standing};
use sqlx::PgConnection;

use super::connections::Pace;
use super::count::{Batch, Committed};
use super::overlay::Overlay;
use super::trust::{Trust, Way};
use super::{Outcome, Play};
use crate::boards::{Boards, Ranking, load_definitions};
use crate::model::{Operator, ScoreOrder};
use crate::store::commit::{self as store, Known, Refused, Written};
use crate::store::leaderboards::{NewLeaderboard, insert};
use crate::store::replays::Former;

/// How often a batch is tried again when a board moved under it.
const MAX_TRIES: usize = 5;

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error(transparent)]
    Database(Error),
    /// PostgreSQL can't be reached, for as long as that was tried.
    #[error(transparent)]
    NoConnection(Error),
    #[error(
        "A leaderboard's period ended, or it was deleted, between reading and writing. Trying again helps."
    )]
    BoardMoved,
}

impl<E: Into<Error>> From<E> for BatchError {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

/// Makes the boards of games that are played for the first time, and says whether there were any. Their plays come right after.
pub async fn make_boards(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
    clock: &Clock,
) -> Result<bool, Error> {
    let games: HashSet<&Tag> = plays
        .iter()
        .map(|play| play.action.game())
        .filter(|game| !boards.contains(game.as_str()))
        .collect();
    let made_any = !games.is_empty();
    for game in games {
        let new = NewLeaderboard {
            id: game,
            game: Some(game),
            title: game.as_str(),
            order: ScoreOrder::Desc,
            operator: Operator::Best,
            reset: None,
            next_reset_at: None,
            demo: false,
        };
        if let Some(made) = insert(&mut *connection, &new, clock.now()).await? {
            // Nobody has a score on it yet: it is loaded as it is.
            let (order, period) = (made.order.into(), made.period);
            let board = boards.put(made);
            if !board.is_loaded() {
                let index = rank::RankIndex::new(order);
                board.replace(Ranking {
                    version: 0,
                    period,
                    index,
                });
            }
        }
    }
    if made_any {
        load_definitions(connection, boards).await?;
    }
    Ok(made_any)
}

/// Plays that were counted by what memory has, before it is their turn to be written.
pub struct Prepared<'a> {
    way: Way,
    /// None where memory is not to be gone by, or can't say.
    batch: Option<Batch<'a>>,
}

/// Counts plays whose actions differ from each other, as far as that goes without a connection.
pub fn prepare<'a>(boards: &Boards, plays: &[&'a Play], trust: &Mutex<Trust>) -> Prepared<'a> {
    let way = trust.lock().way();
    Prepared {
        way,
        batch: count_by_memory(boards, plays, way),
    }
}

/// Writes a batch that was prepared of these plays. Nobody in it waits for a player whom another batch, or
/// the deletion of the account, has locked: such plays come back as [`Outcome::PlayerBusy`].
///
/// After an error, the connection may be in the middle of a transaction, and must be closed.
pub async fn write(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
    trust: &Mutex<Trust>,
    prepared: Prepared<'_>,
) -> Result<Committed, BatchError> {
    let Prepared { mut way, mut batch } = prepared;
    for _ in 0..MAX_TRIES {
        let written = match batch {
            Some(batch) => by_memory(connection, batch, way).await,
            None => by_database(connection, boards, plays).await,
        };
        match written {
            Ok(committed) => {
                trust.lock().confirm(way);
                return Ok(committed);
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(Refused::BoardChanged) => {
                load_definitions(connection, boards).await?;
            }
            Err(Refused::RowsMoved) => way = trust.lock().shake(Way::Rows),
            Err(Refused::OutOfDate) => way = trust.lock().shake(Way::Memory),
        }
        batch = count_by_memory(boards, plays, way);
    }
    Err(BatchError::BoardMoved)
}

/// None where this is not the way, or a board isn't in memory.
fn count_by_memory<'a>(boards: &Boards, plays: &[&'a Play], way: Way) -> Option<Batch<'a>> {
    if way == Way::Database {
        return None;
    }
    let catalog = boards.catalog();
    let overlay = Overlay::of_memory(games(plays), boards, way == Way::Rows);
    let places: Vec<usize> = (0..plays.len()).collect();
    let batch = Batch::count(overlay, plays, &places, catalog);
    (!batch.overlay.is_incomplete()).then_some(batch)
}

/// Writes what was counted by what memory has. Refused where that isn't so, and also where a play can't be counted: only
/// PostgreSQL can say why.
async fn by_memory(
    connection: &mut PgConnection,
    batch: Batch<'_>,
    way: Way,
) -> Result<Committed, Refused> {
    let began = Instant::now();
    let written = store::write(connection, &batch.writes).await?;
    let pace = Pace {
        worked: written.worked,
        waited: began.elapsed().saturating_sub(written.worked),
    };
    let known_from = if way == Way::Rows { "rows" } else { "memory" };
    metrics::counter!("group_commit_batches_total", "known_from" => known_from).increment(1);
    Ok(Committed {
        pace: Some(pace),
        ..batch.committed(&written, Vec::new())
    })
}

/// Locks the players, reads what PostgreSQL has, and goes by that.
async fn by_database(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
) -> Result<Committed, Refused> {
    let catalog = boards.catalog();
    let mut overlay = Overlay::of_database(games(plays), boards);
    let users = plays.iter().map(|play| play.user.uuid());
    let busy = store::begin_with_players_locked(connection, users).await?;
    let is_busy = |play: &Play| busy.contains(&store::lock_key(play.user.uuid()));
    let (free, locked): (Vec<usize>, Vec<usize>) =
        (0..plays.len()).partition(|place| !is_busy(plays[*place]));
    let mut refused: Vec<(usize, Outcome)> = locked
        .into_iter()
        .map(|place| (place, Outcome::PlayerBusy))
        .collect();
    let known = store::read(connection, plays, &free, &overlay.counted()).await?;
    let mut counting = Vec::with_capacity(free.len());
    for (place, known) in free.into_iter().zip(known) {
        let play = plays[place];
        match refusal(play, &known) {
            Some(outcome) => refused.push((place, outcome)),
            None => counting.push(place),
        }
        for (number, score, reached_at) in known.standings {
            let player = PlayerId(play.user.uuid().as_u128());
            overlay.put_stored(
                number,
                Standing {
                    player,
                    score,
                    reached_at,
                },
            );
        }
    }
    let batch = Batch::count(overlay, plays, &counting, catalog);
    if counting.is_empty() {
        store::rollback(connection).await?;
        return Ok(batch.committed(&Written::default(), refused));
    }
    let written = match store::write(connection, &batch.writes).await {
        Ok(written) => written,
        Err(Refused::Database(error)) => return Err(error.into()),
        Err(refused) => {
            store::rollback(connection).await?;
            return Err(refused);
        }
    };
    store::commit(connection).await?;
    metrics::counter!("group_commit_batches_total", "known_from" => "database").increment(1);
    Ok(batch.committed(&written, refused))
}

fn games<'a>(plays: &[&'a Play]) -> impl Iterator<Item = &'a Tag> {
    plays.iter().map(|play| play.action.game())
}

/// Why a play is not to be counted: it is the same request sent again, another one for a counted action, or of a user
/// who is gone.
fn refusal(play: &Play, known: &Known) -> Option<Outcome> {
    match &known.former {
        Some(former) => Some(judge_former(play, former)),
        None => (!known.is_user).then_some(Outcome::UserGone),
    }
}

fn judge_former(play: &Play, former: &Former) -> Outcome {
    let same_token = play
        .token
        .as_ref()
        .is_some_and(|token| former.signature.as_deref() == Some(&token.signature));
    match &former.answer {
        Some(answer)
            if same_token
                && former.value == play.value
                && former.user == Some(play.user.uuid()) =>
        {
            Outcome::Counted {
                answer: answer.as_str().into(),
                replayed: true,
            }
        }
        _ => Outcome::Replayed,
    }
}
