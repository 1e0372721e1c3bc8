//! One batch, in one transaction.
//!
//! What the plays do to scores and ranks is computed here, from what was known before. Usually that is what the boards in
//! memory have: then all that PostgreSQL does is to check it and to write, in one round trip. Where memory was wrong,
//! or can't say, PostgreSQL is read first, under the players' locks.

use std::collections::HashSet;

use db::Error;
use kernel::{Clock, Tag};
use rank::{PlayerId, Standing};
use sqlx::PgConnection;

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

/// Makes the boards of games that are played for the first time. Their plays come right after.
pub async fn make_boards(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
    clock: &Clock,
) -> Result<(), Error> {
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
    Ok(())
}

/// Writes a batch whose actions differ from each other. Nobody in it waits for a player whom another batch, or
/// the deletion of the account, has locked: such plays come back as [`Outcome::PlayerBusy`].
///
/// After an error, the connection may be in the middle of a transaction, and must be closed.
pub async fn write(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
    trust: &mut Trust,
) -> Result<Committed, BatchError> {
    let mut way = trust.way();
    for _ in 0..MAX_TRIES {
        let written = match way {
            Way::Rows | Way::Memory => by_memory(connection, boards, plays, way).await,
            Way::Database => by_database(connection, boards, plays).await,
        };
        match written {
            Ok(committed) => {
                trust.confirm(way);
                return Ok(committed);
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(Refused::BoardChanged) => {
                load_definitions(connection, boards).await?;
            }
            Err(Refused::RowsMoved) => way = trust.shake(Way::Rows),
            Err(Refused::OutOfDate) => way = trust.shake(Way::Memory),
        }
    }
    Err(BatchError::BoardMoved)
}

/// Goes by what memory has. Refused where that isn't so, and also where a play can't be counted: only PostgreSQL can say
/// why.
async fn by_memory(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
    way: Way,
) -> Result<Committed, Refused> {
    let catalog = boards.catalog();
    let overlay = Overlay::of_memory(games(plays), boards, way == Way::Rows);
    let places: Vec<usize> = (0..plays.len()).collect();
    let batch = Batch::count(overlay, plays, &places, catalog);
    if batch.overlay.is_incomplete() {
        return by_database(connection, boards, plays).await;
    }
    let written = store::write(connection, &batch.writes).await?;
    let known_from = if way == Way::Rows { "rows" } else { "memory" };
    metrics::counter!("group_commit_batches_total", "known_from" => known_from).increment(1);
    Ok(batch.committed(&written, Vec::new()))
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
