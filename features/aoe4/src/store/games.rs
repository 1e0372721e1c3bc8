//! A user's matches.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{ReviewId, UserId};
use serde_json::Value;
use sqlx::PgExecutor;

use crate::model::page::Fetched;

/// A match as the list shows it.
#[derive(Clone, Debug)]
pub struct ListedGame {
    pub id: u64,
    pub played_at: Timestamp,
    pub map: String,
    pub kind: String,
    pub civilization: String,
    pub opponent_civilizations: Vec<String>,
    pub result: Option<String>,
    pub rating: Option<i32>,
    pub rating_diff: Option<i32>,
    pub duration: Option<u32>,
    pub status: String,
    pub review: Option<ReviewId>,
    /// Whose match it is at AoE4World.
    pub profile_id: u64,
}

/// Writes matches of a player, and gives how many of them are new. What is known and has changed since, as a match does
/// that ends, is written anew.
pub async fn upsert(
    executor: impl PgExecutor<'_>,
    user: UserId,
    profile_id: u64,
    fetched: &[Fetched],
) -> Result<u64, db::Error> {
    let mut rows = Columns::default();
    for Fetched { game, payload } in fetched {
        // Pages shift while matches end: the same one may come twice. AoE4World's own list holds none without the player.
        let known = rows.ids.contains(&game.id.cast_signed());
        let Some(player) = game.participant(profile_id).filter(|_| !known) else {
            continue;
        };
        rows.ids.push(game.id.cast_signed());
        rows.payloads.push(payload.clone());
        rows.played_at.push(game.started_at.to_sqlx());
        rows.maps.push(&game.map);
        rows.kinds.push(&game.kind);
        rows.civilizations.push(&player.civilization);
        // Arrays of arrays have to be of one length.
        let opponents = game.opponent_civilizations(profile_id);
        rows.opponents.push(Value::from(opponents));
        rows.results
            .push(player.result.as_ref().map(|result| result.as_str()));
        rows.ratings.push(player.rating);
        rows.rating_diffs.push(player.rating_diff);
        rows.durations.push(
            game.duration
                .and_then(|seconds| i32::try_from(seconds).ok()),
        );
    }
    let new = sqlx::query_scalar!(
        "with told as (
             select * from unnest($3::bigint[], $4::jsonb[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                                  $9::jsonb[], $10::text[], $11::integer[], $12::integer[], $13::integer[])
                  as told (id, payload, played_at, map, kind, civilization, opponents, result, rating, rating_diff, duration)
         ), written as (
             insert into games (user_id, id, profile_id, payload, played_at, map, kind, civilization,
                                opponent_civilizations, result, rating, rating_diff, duration)
             select $1, id, $2, payload, played_at, map, kind, civilization,
                    array(select jsonb_array_elements_text(opponents)), result, rating, rating_diff, duration
             from told order by id
             on conflict (user_id, id) do update set
                 payload = excluded.payload, played_at = excluded.played_at, map = excluded.map, kind = excluded.kind,
                 civilization = excluded.civilization, opponent_civilizations = excluded.opponent_civilizations,
                 result = excluded.result, rating = excluded.rating, rating_diff = excluded.rating_diff,
                 duration = excluded.duration, profile_id = excluded.profile_id
             where games.payload <> excluded.payload
             returning xmax = 0 as is_new
         )
         select count(*) filter (where is_new) as \"new!\" from written",
        user.uuid(),
        profile_id.cast_signed(),
        &rows.ids,
        &rows.payloads,
        &rows.played_at as &[jiff_sqlx::Timestamp],
        &rows.maps as &[&str],
        &rows.kinds as &[&str],
        &rows.civilizations as &[&str],
        &rows.opponents,
        &rows.results as &[Option<&str>],
        &rows.ratings as &[Option<i32>],
        &rows.rating_diffs as &[Option<i32>],
        &rows.durations as &[Option<i32>],
    )
    .fetch_one(executor)
    .await?;
    Ok(new.unsigned_abs())
}

#[derive(Default)]
struct Columns<'a> {
    ids: Vec<i64>,
    payloads: Vec<Value>,
    played_at: Vec<jiff_sqlx::Timestamp>,
    maps: Vec<&'a str>,
    kinds: Vec<&'a str>,
    civilizations: Vec<&'a str>,
    opponents: Vec<Value>,
    results: Vec<Option<&'a str>>,
    ratings: Vec<Option<i32>>,
    rating_diffs: Vec<Option<i32>>,
    durations: Vec<Option<i32>>,
}

/// The newest first, from after one of them on.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    after: Option<(Timestamp, u64)>,
    at_most: i64,
) -> Result<Vec<ListedGame>, db::Error> {
    let (played_at, id) = after.map_or((None, i64::MAX), |(at, id)| {
        (Some(at.to_sqlx()), id.cast_signed())
    });
    let rows = sqlx::query_as!(
        Row,
        "select id, played_at, map, kind, civilization, opponent_civilizations, result, rating, rating_diff,
                duration, status, profile_id, null::jsonb as payload,
                (select reviews.id from reviews where reviews.user_id = $1 and game_id = games.id) as review_id
         from games
         where user_id = $1 and (played_at, id) < (coalesce($2, 'infinity'::timestamptz), $3)
         order by played_at desc, id desc limit $4",
        user.uuid(),
        played_at as Option<jiff_sqlx::Timestamp>,
        id,
        at_most
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| row.read().0).collect())
}

/// One match, with all that was told of it.
pub async fn find(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: u64,
) -> Result<Option<(ListedGame, Value)>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, played_at, map, kind, civilization, opponent_civilizations, result, rating, rating_diff,
                duration, status, profile_id, payload as \"payload?\",
                (select reviews.id from reviews where reviews.user_id = $1 and game_id = games.id) as review_id
         from games where user_id = $1 and id = $2",
        user.uuid(),
        id.cast_signed()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Row::read))
}

/// Holds a match until the transaction ends, and gives whether it is over. None if it isn't there.
pub async fn hold(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: u64,
) -> Result<Option<bool>, db::Error> {
    let over = sqlx::query_scalar!(
        "select duration is not null and coalesce(payload ->> 'ongoing', '') <> 'true' as \"over!\"
         from games where user_id = $1 and id = $2 for update",
        user.uuid(),
        id.cast_signed()
    );
    Ok(over.fetch_optional(executor).await?)
}

pub async fn mark(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: u64,
    status: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update games set status = $3 where user_id = $1 and id = $2",
        user.uuid(),
        id.cast_signed(),
        status
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// As the table has it.
struct Row {
    id: i64,
    played_at: jiff_sqlx::Timestamp,
    map: String,
    kind: String,
    civilization: String,
    opponent_civilizations: Vec<String>,
    result: Option<String>,
    rating: Option<i32>,
    rating_diff: Option<i32>,
    duration: Option<i32>,
    status: String,
    profile_id: i64,
    payload: Option<Value>,
    review_id: Option<uuid::Uuid>,
}

impl Row {
    fn read(self) -> (ListedGame, Value) {
        let game = ListedGame {
            id: self.id.cast_unsigned(),
            played_at: self.played_at.to_jiff(),
            map: self.map,
            kind: self.kind,
            civilization: self.civilization,
            opponent_civilizations: self.opponent_civilizations,
            result: self.result,
            rating: self.rating,
            rating_diff: self.rating_diff,
            duration: self
                .duration
                .and_then(|seconds| u32::try_from(seconds).ok()),
            status: self.status,
            review: self.review_id.map(ReviewId::from),
            profile_id: self.profile_id.cast_unsigned(),
        };
        (game, self.payload.unwrap_or_default())
    }
}
