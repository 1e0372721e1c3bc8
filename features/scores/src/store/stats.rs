//! Per-game stats of players.

use db::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Tag, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::stats::UserGameStats;

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

/// By player and game, from after one of them on.
pub async fn after(
    executor: impl PgExecutor<'_>,
    after: Option<(UserId, &Tag)>,
    at_most: i64,
) -> Result<Vec<UserGameStats>, Error> {
    let (user, game) = match after {
        Some((user, game)) => (user.uuid(), game.as_str()),
        None => (Uuid::nil(), ""),
    };
    let rows = sqlx::query_as!(
        Row,
        "select user_id, game_id, best, last, plays, last_played_at from user_game_stats
         where (user_id, game_id) > ($1, $2) order by user_id, game_id limit $3",
        user,
        game,
        at_most
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

pub async fn of(
    executor: impl PgExecutor<'_>,
    played: &[(UserId, Tag)],
) -> Result<Vec<UserGameStats>, Error> {
    let users: Vec<Uuid> = played.iter().map(|(user, _)| user.uuid()).collect();
    let games: Vec<&str> = played.iter().map(|(_, game)| game.as_str()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select user_id as \"user_id!\", game_id as \"game_id!\", best, last, plays, last_played_at
         from unnest($1::uuid[], $2::text[]) as asked (user_id, game_id)
         join user_game_stats using (user_id, game_id)",
        &users,
        &games as &[&str]
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

pub async fn count(executor: impl PgExecutor<'_>) -> Result<u64, Error> {
    let count = sqlx::query_scalar!("select count(*) as \"count!\" from user_game_stats");
    Ok(count.fetch_one(executor).await?.unsigned_abs())
}

/// As the table has it.
struct Row {
    user_id: Uuid,
    game_id: String,
    best: i64,
    last: i64,
    plays: i64,
    last_played_at: jiff_sqlx::Timestamp,
}

impl Row {
    fn read(self) -> Result<UserGameStats, Error> {
        Ok(UserGameStats {
            user: self.user_id.into(),
            game: tag(&self.game_id)?,
            best: self.best.unsigned_abs(),
            last: self.last.unsigned_abs(),
            plays: self.plays.unsigned_abs(),
            last_played_at: self.last_played_at.to_jiff(),
        })
    }
}

/// Whatever isn't one was written by somebody else.
fn tag(text: &str) -> Result<Tag, Error> {
    Tag::new(text).map_err(|error| Error::Query(sqlx::Error::Decode(error.into())))
}
