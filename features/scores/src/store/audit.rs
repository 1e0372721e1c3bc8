//! Reading the audit trail, and taking a user out of everything.

use db::Error;
use jiff::Timestamp;
use kernel::UserId;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgExecutor};

use crate::boards::{Change, Changes};
use crate::store::commit::lock_players;
use crate::store::leaderboards::raise_versions;
use kernel::Moment;
use rank::PlayerId;
use uuid::Uuid;

/// A verified score, as the list of the latest shows it.
#[derive(Clone, Debug)]
pub struct Recent {
    pub event: i64,
    pub user: Uuid,
    pub game: String,
    pub value: i64,
    pub created_at: Timestamp,
    pub screen_name: String,
    pub avatar: i16,
}

/// The latest verified scores, newest first, before an event, of one game or of all.
pub async fn recent(
    executor: impl PgExecutor<'_>,
    game: Option<&str>,
    before: i64,
    count: i64,
) -> Result<Vec<Recent>, Error> {
    // Two statements in one would keep PostgreSQL from choosing the index that each needs.
    macro_rules! recent {
        ($query:literal, $($argument:expr),*) => {
            sqlx::query!($query, $($argument),*)
                .fetch_all(executor)
                .await?
                .into_iter()
                .map(|row| Recent {
                    event: row.id,
                    user: row.user_id,
                    game: row.game_id,
                    value: row.score_delta,
                    created_at: row.created_at.to_jiff(),
                    screen_name: row.screen_name,
                    avatar: row.avatar,
                })
                .collect()
        };
    }
    Ok(match game {
        Some(game) => recent!(
            "select score_events.id, users.id as user_id, game_id, score_delta, score_events.created_at,
                    screen_name, avatar
             from score_events join users on users.id = user_id
             where game_id = $1 and score_events.id < $2 order by score_events.id desc limit $3",
            game,
            before,
            count
        ),
        None => recent!(
            "select score_events.id, users.id as user_id, game_id, score_delta, score_events.created_at,
                    screen_name, avatar
             from score_events join users on users.id = user_id
             where score_events.id < $1 order by score_events.id desc limit $2",
            before,
            count
        ),
    })
}

/// Everything that this feature holds about a user.
pub async fn export(connection: &mut PgConnection, user: UserId) -> Result<Value, Error> {
    let leaderboards = sqlx::query!(
        "select leaderboards.id, scores.period, score, reached_at
         from scores join leaderboards on number = leaderboard_number
         where user_id = $1 order by leaderboards.id, scores.period",
        user.uuid()
    )
    .fetch_all(&mut *connection)
    .await?;
    let games = sqlx::query!(
        "select game_id, best, last, plays, last_played_at from user_game_stats
         where user_id = $1 order by game_id",
        user.uuid()
    )
    .fetch_all(&mut *connection)
    .await?;
    let events = sqlx::query!(
        "select action_id, score_delta, metadata, created_at from score_events
         where user_id = $1 order by id",
        user.uuid()
    )
    .fetch_all(connection)
    .await?;
    let moment = |at: jiff_sqlx::Timestamp| Moment(at.to_jiff());
    Ok(json!({
        "leaderboards": leaderboards.into_iter().map(|row| json!({
            "leaderboard": row.id, "period": row.period, "score": row.score, "reachedAt": moment(row.reached_at),
        })).collect::<Vec<_>>(),
        "games": games.into_iter().map(|row| json!({
            "gameId": row.game_id, "bestScore": row.best, "lastScore": row.last, "plays": row.plays,
            "lastPlayedAt": moment(row.last_played_at),
        })).collect::<Vec<_>>(),
        "events": events.into_iter().map(|row| json!({
            "actionId": row.action_id, "scoreDelta": row.score_delta, "metadata": row.metadata,
            "createdAt": moment(row.created_at),
        })).collect::<Vec<_>>(),
    }))
}

/// Takes a user off every board, and the name out of the audit trail. Returns what that did to which board.
pub async fn erase(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<(i32, Changes)>, Error> {
    // Batches lock their players: from here on none of them counts a play of this user.
    lock_players(connection, std::iter::once(user.uuid())).await?;
    let mut numbers = sqlx::query_scalar!(
        "delete from scores where user_id = $1 returning leaderboard_number",
        user.uuid()
    )
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from user_game_stats where user_id = $1",
        user.uuid()
    )
    .execute(&mut *connection)
    .await?;
    // Answers kept for replays name the user too.
    sqlx::query!(
        "with nameless as (
             update score_events set user_id = null, metadata = null where user_id = $1 returning id
         )
         delete from consumed_tokens where event_id in (select id from nameless)",
        user.uuid()
    )
    .execute(&mut *connection)
    .await?;
    numbers.sort_unstable();
    numbers.dedup();
    let raised = raise_versions(connection, &numbers).await?;
    let gone = Change::Remove(PlayerId(user.uuid().as_u128()));
    Ok(raised
        .into_iter()
        .map(|(number, version)| {
            (
                number,
                Changes {
                    version,
                    changes: vec![gone],
                },
            )
        })
        .collect())
}
