//! Per-game stats of players.

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Tag, UserId};
use sqlx::PgExecutor;

/// What a player has done in a game.
#[derive(Clone, Debug)]
pub struct Stats {
    pub game: Tag,
    pub best: u64,
    pub last: u64,
    pub plays: u64,
    pub last_played_at: Timestamp,
}

/// The games that a player played last, the latest first, after the one that was played then. The times in which a
/// player stays with a game don't overlap, so that one row more than wanted is read at most.
pub async fn latest(
    executor: impl PgExecutor<'_>,
    user: UserId,
    (played_at, game): (Timestamp, &str),
    at_most: i64,
) -> Result<Vec<Stats>, Error> {
    let rows = sqlx::query!(
        "select game_id, best, last, plays, last_played_at from user_game_stats
         where user_id = $1 and latest_since <= $2
           and (last_played_at < $2 or last_played_at = $2 and game_id > $3)
         order by latest_since desc, game_id limit $4",
        user.uuid(),
        played_at.to_sqlx() as jiff_sqlx::Timestamp,
        game,
        at_most
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Stats {
                game: tag(&row.game_id)?,
                best: row.best.unsigned_abs(),
                last: row.last.unsigned_abs(),
                plays: row.plays.unsigned_abs(),
                last_played_at: row.last_played_at.to_jiff(),
            })
        })
        .collect()
}

/// Whatever isn't one was written by somebody else.
fn tag(text: &str) -> Result<Tag, Error> {
    Tag::new(text).map_err(|error| Error::Query(sqlx::Error::Decode(error.into())))
}
