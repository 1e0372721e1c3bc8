//! One batch, in one transaction.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use db::Error;
use hashbrown::HashMap;
use kernel::{Clock, Tag, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::overlay::Overlay;
use super::{BoardResult, Counted, Outcome, Play};
use crate::boards::{Boards, Change, Changes, Ranking, load_definitions};
use crate::model::{GLOBAL, MAX_SCORE, Operator, ScoreOrder};
use crate::store::commit::{self as store, Claimed, Writes, signed};
use crate::store::leaderboards::{NewLeaderboard, insert, raise_versions_and_commit};
use crate::store::replays;

/// How often a batch is tried again when a board moved under it.
const MAX_TRIES: usize = 5;

/// What a committed batch did.
#[derive(Debug)]
pub struct Committed {
    /// One for each play, in their order.
    pub outcomes: Vec<Outcome>,
    /// By board number.
    pub changes: Vec<(i32, Changes)>,
}

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
) -> Result<Committed, BatchError> {
    for _ in 0..MAX_TRIES {
        if let Some(committed) = try_to_write(connection, boards, plays).await? {
            return Ok(committed);
        }
        load_definitions(connection, boards).await?;
    }
    Err(BatchError::BoardMoved)
}

/// The same; none if a board counts otherwise than we thought, and nothing is written then.
async fn try_to_write(
    connection: &mut PgConnection,
    boards: &Boards,
    plays: &[&Play],
) -> Result<Option<Committed>, Error> {
    let catalog = boards.catalog();
    let mut overlay = Overlay::new(plays.iter().map(|play| play.action.game()), boards);
    let users = plays.iter().map(|play| play.user.uuid());
    let busy = store::begin_with_players_locked(connection, users).await?;
    let is_busy =
        |play: &Play| !busy.is_empty() && busy.contains(&store::lock_key(play.user.uuid()));
    let mut outcomes: Vec<Option<Outcome>> = plays
        .iter()
        .map(|play| is_busy(play).then_some(Outcome::PlayerBusy))
        .collect();
    let free: Vec<usize> = (0..plays.len())
        .filter(|place| outcomes[*place].is_none())
        .collect();
    let claimed = store::claim(connection, plays, &free, &overlay.counted()).await?;
    if claimed.len() < free.len() {
        let refused: Vec<usize> = {
            let counted: HashSet<usize> = claimed.iter().map(|claimed| claimed.place).collect();
            free.into_iter()
                .filter(|place| !counted.contains(place))
                .collect()
        };
        look_up_former(connection, plays, &refused, &mut outcomes).await?;
    }
    let mut changes = Vec::new();
    if claimed.is_empty() {
        store::rollback(connection).await?;
    } else {
        let mut capped = Vec::new();
        let writes = count_all(&mut overlay, plays, &claimed, &mut outcomes, &mut capped);
        store::write(connection, &writes).await?;
        let mut changed: BTreeMap<i32, Vec<Change>> = overlay.changed().collect();
        let numbers: Vec<i32> = changed.keys().copied().collect();
        let Some(raised) = raise_versions_and_commit(connection, &numbers, catalog).await? else {
            store::rollback(connection).await?;
            return Ok(None);
        };
        // Only now has it happened: a batch that is tried again would tell it twice.
        capped.iter().for_each(alert_of_cap);
        for (number, version) in raised {
            let changes_of = changed.remove(&number).unwrap_or_default();
            changes.push((
                number,
                Changes {
                    version,
                    changes: changes_of,
                },
            ));
        }
    }
    Ok(Some(Committed {
        outcomes: outcomes.into_iter().flatten().collect(),
        changes,
    }))
}

/// Counts the claimed plays, and says what is to be written, and who has reached the largest score where.
fn count_all(
    overlay: &mut Overlay,
    plays: &[&Play],
    claimed: &[Claimed],
    outcomes: &mut [Option<Outcome>],
    capped: &mut Vec<(Tag, UserId)>,
) -> Writes {
    for claimed in claimed {
        let user = plays[claimed.place].user.uuid();
        for (number, standing) in &claimed.standings {
            if let Some(stored) = standing {
                overlay.put_stored(*number, user, stored.clone());
            }
        }
    }
    let mut writes = Writes::default();
    for claimed in claimed {
        let play = plays[claimed.place];
        let answer: Arc<str> = count(overlay, play, claimed, capped).into();
        if let Some(token) = &play.token {
            writes.tokens.events.push(claimed.event);
            writes.tokens.signatures.push(token.signature.to_vec());
            writes.tokens.expires_at.push(token.expires_at);
            writes.tokens.answers.push(answer.to_string());
        }
        outcomes[claimed.place] = Some(Outcome::Counted {
            answer,
            replayed: false,
        });
    }
    collect_scores(overlay, &mut writes);
    collect_stats(overlay, plays, claimed, &mut writes);
    writes
}

/// Says of plays that could not be claimed whether they are the same request sent again, another one for a
/// counted action, or of a user who is gone.
async fn look_up_former(
    connection: &mut PgConnection,
    plays: &[&Play],
    refused: &[usize],
    outcomes: &mut [Option<Outcome>],
) -> Result<(), Error> {
    let actions: Vec<&str> = refused
        .iter()
        .map(|place| plays[*place].action.as_str())
        .collect();
    let former: HashMap<String, replays::Former> = replays::former(connection, &actions)
        .await?
        .into_iter()
        .map(|former| (former.action.clone(), former))
        .collect();
    for place in refused {
        let play = plays[*place];
        outcomes[*place] = Some(match former.get(play.action.as_str()) {
            None => Outcome::UserGone,
            Some(former) => judge_former(play, former),
        });
    }
    Ok(())
}

fn judge_former(play: &Play, former: &replays::Former) -> Outcome {
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

/// Counts one play on every board of its game, and writes its answer.
fn count(
    overlay: &mut Overlay,
    play: &Play,
    claimed: &Claimed,
    capped: &mut Vec<(Tag, UserId)>,
) -> String {
    let reached_at = reached_at(play, claimed);
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

/// In microseconds since the Unix epoch. Plays of one batch follow each other in the order in which they came.
fn reached_at(play: &Play, claimed: &Claimed) -> i64 {
    play.reached_at.unwrap_or(claimed.now).as_microsecond()
}

fn collect_scores(overlay: &Overlay, writes: &mut Writes) {
    for (number, board) in overlay.boards() {
        for (user, standing) in board.moved() {
            let (score, reached_at) = (signed(standing.score), standing.reached_at);
            if let Some(row) = board.row_of(user) {
                let rows = &mut writes.moved;
                rows.rows.push(row.to_owned());
                rows.users.push(*user);
                rows.scores.push(score);
                rows.reached_at.push(reached_at);
            } else {
                let rows = &mut writes.new;
                rows.numbers.push(number);
                rows.periods.push(board.period);
                rows.users.push(*user);
                rows.scores.push(score);
                rows.reached_at.push(reached_at);
            }
        }
    }
}

fn collect_stats(overlay: &Overlay, plays: &[&Play], claimed: &[Claimed], writes: &mut Writes) {
    struct Stat {
        order: ScoreOrder,
        best: u64,
        last: u64,
        plays: i64,
        last_played_at: i64,
    }
    let mut stats: HashMap<(Uuid, &Tag), Stat> = HashMap::default();
    for claimed in claimed {
        let play = plays[claimed.place];
        let game = play.action.game();
        let at = reached_at(play, claimed);
        let order = game_order(overlay, game);
        let stat = stats.entry((play.user.uuid(), game)).or_insert(Stat {
            order,
            best: play.value,
            last: play.value,
            plays: 0,
            last_played_at: at,
        });
        stat.best = stat.order.best(stat.best, play.value);
        stat.plays += 1;
        if at >= stat.last_played_at {
            (stat.last, stat.last_played_at) = (play.value, at);
        }
    }
    for ((user, game), stat) in stats {
        let rows = &mut writes.stats;
        rows.users.push(user);
        rows.games.push(game.as_str().to_owned());
        rows.best.push(signed(stat.best));
        rows.last.push(signed(stat.last));
        rows.plays.push(stat.plays);
        rows.last_played_at.push(stat.last_played_at);
        let known = || {
            rows.ascending_games
                .iter()
                .any(|other| other == game.as_str())
        };
        if stat.order == ScoreOrder::Asc && !known() {
            rows.ascending_games.push(game.as_str().to_owned());
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
