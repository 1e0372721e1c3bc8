//! Reviews.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{ReviewId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgExecutor;

use crate::coach::{Advice, Moment};
use crate::model::facts::Facts;
use crate::model::scoring::{Compared, Scores};
use crate::model::trends::Reviewed;

/// A whole one.
#[derive(Clone, Debug)]
pub struct Review {
    pub id: ReviewId,
    pub user: UserId,
    pub game: u64,
    pub played_at: Timestamp,
    pub map: String,
    pub kind: String,
    pub civilization: String,
    pub result: Option<String>,
    /// `rules`, or the model.
    pub llm_model: String,
    pub fallback: Option<String>,
    pub summary_md: String,
    pub scores: Scores,
    pub key_moments: Vec<Moment>,
    pub advice: Vec<Advice>,
    pub facts: Facts,
    pub compared: Vec<Compared>,
    /// Series for plots; none without a summary.
    pub timeline: Option<Value>,
    /// Of the prompt and of the answer.
    pub tokens: Option<(u64, u64)>,
    pub shared: bool,
    pub generated_at: Timestamp,
}

/// One of many.
#[derive(Clone, Debug)]
pub struct ListedReview {
    pub id: ReviewId,
    pub game: u64,
    pub played_at: Timestamp,
    pub map: String,
    pub civilization: String,
    pub result: Option<String>,
    pub llm_model: String,
    pub overall: Option<u8>,
    pub generated_at: Timestamp,
}

pub async fn insert(executor: impl PgExecutor<'_>, review: &Review) -> Result<(), db::Error> {
    let score = |score: Option<u8>| score.map(i16::from);
    let count = |tokens: Option<u64>| tokens.map(u64::cast_signed);
    sqlx::query!(
        "insert into reviews (id, user_id, game_id, played_at, map, kind, civilization, result, llm_model, fallback,
                              summary_md, overall, economy, military, technology, macro, key_moments, advice, facts,
                              compared, timeline, prompt_tokens, completion_tokens, generated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
        review.id.uuid(),
        review.user.uuid(),
        review.game.cast_signed(),
        review.played_at.to_sqlx() as jiff_sqlx::Timestamp,
        review.map,
        review.kind,
        review.civilization,
        review.result,
        review.llm_model,
        review.fallback,
        review.summary_md,
        score(review.scores.overall),
        score(review.scores.economy),
        score(review.scores.military),
        score(review.scores.technology),
        score(review.scores.r#macro),
        json(&review.key_moments)?,
        json(&review.advice)?,
        json(&review.facts)?,
        json(&review.compared)?,
        review.timeline,
        count(review.tokens.map(|tokens| tokens.0)),
        count(review.tokens.map(|tokens| tokens.1)),
        review.generated_at.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The review of a match, if there is one.
pub async fn of_game(
    executor: impl PgExecutor<'_>,
    user: UserId,
    game: u64,
) -> Result<Option<ReviewId>, db::Error> {
    let found = sqlx::query_scalar!(
        "select id from reviews where user_id = $1 and game_id = $2",
        user.uuid(),
        game.cast_signed()
    );
    Ok(found.fetch_optional(executor).await?.map(ReviewId::from))
}

/// By its id, or by the token of its link: of either, none is no match. As row-level security shows it to who asks.
pub async fn find(
    executor: impl PgExecutor<'_>,
    id: Option<ReviewId>,
    share_hash: Option<&[u8]>,
) -> Result<Option<Review>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, user_id, game_id, played_at, map, kind, civilization, result, llm_model, fallback, summary_md,
                overall, economy, military, technology, macro, key_moments, advice, facts, compared, timeline,
                prompt_tokens, completion_tokens, share_hash is not null as \"shared!\", generated_at
         from reviews where id = $1 or share_hash = $2",
        id.map(ReviewId::uuid),
        share_hash
    )
    .fetch_optional(executor)
    .await?;
    row.map(Row::read).transpose()
}

/// All that is kept of one. What another release wrote may be of another shape, so it is passed on as it is.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: ReviewId,
    pub game: u64,
    pub llm_model: String,
    pub fallback: Option<String>,
    pub summary_md: String,
    pub scores: Scores,
    pub key_moments: Value,
    pub advice: Value,
    pub facts: Value,
    pub compared: Value,
    pub timeline: Option<Value>,
    pub shared: bool,
    pub generated_at: Timestamp,
}

/// The newest first, from after one of them on.
pub async fn kept(
    executor: impl PgExecutor<'_>,
    user: UserId,
    after: Option<(Timestamp, ReviewId)>,
    at_most: i64,
) -> Result<Vec<Kept>, db::Error> {
    let (at, id) = behind(after);
    let rows = sqlx::query!(
        "select id, game_id, llm_model, fallback, summary_md, overall, economy, military, technology, macro, key_moments,
                advice, facts, compared, timeline, share_hash is not null as \"shared!\", generated_at
         from reviews
         where user_id = $1 and (generated_at, id) < (coalesce($2, 'infinity'::timestamptz), $3)
         order by generated_at desc, id desc limit $4",
        user.uuid(),
        at as Option<jiff_sqlx::Timestamp>,
        id,
        at_most
    )
    .fetch_all(executor)
    .await?;
    let kept = rows.into_iter().map(|row| Kept {
        id: row.id.into(),
        game: row.game_id.cast_unsigned(),
        llm_model: row.llm_model,
        fallback: row.fallback,
        summary_md: row.summary_md,
        scores: scores([
            row.overall,
            row.economy,
            row.military,
            row.technology,
            row.r#macro,
        ]),
        key_moments: row.key_moments,
        advice: row.advice,
        facts: row.facts,
        compared: row.compared,
        timeline: row.timeline,
        shared: row.shared,
        generated_at: row.generated_at.to_jiff(),
    });
    Ok(kept.collect())
}

/// The newest first, from after one of them on.
pub async fn list(
    executor: impl PgExecutor<'_>,
    user: UserId,
    after: Option<(Timestamp, ReviewId)>,
    at_most: i64,
) -> Result<Vec<ListedReview>, db::Error> {
    let (at, id) = behind(after);
    let rows = sqlx::query!(
        "select id, game_id, played_at, map, civilization, result, llm_model, overall, generated_at from reviews
         where user_id = $1 and (generated_at, id) < (coalesce($2, 'infinity'::timestamptz), $3)
         order by generated_at desc, id desc limit $4",
        user.uuid(),
        at as Option<jiff_sqlx::Timestamp>,
        id,
        at_most
    )
    .fetch_all(executor)
    .await?;
    let reviews = rows.into_iter().map(|row| ListedReview {
        id: row.id.into(),
        game: row.game_id.cast_unsigned(),
        played_at: row.played_at.to_jiff(),
        map: row.map,
        civilization: row.civilization,
        result: row.result,
        llm_model: row.llm_model,
        overall: score(row.overall),
        generated_at: row.generated_at.to_jiff(),
    });
    Ok(reviews.collect())
}

/// The reviews of the matches that were played last, the newest first.
pub async fn latest_played(
    executor: impl PgExecutor<'_>,
    user: UserId,
    at_most: i64,
) -> Result<Vec<Reviewed>, db::Error> {
    let rows = sqlx::query!(
        "select id, played_at, map, civilization, result, overall, economy, military, technology, macro
         from reviews where user_id = $1 order by played_at desc, id desc limit $2",
        user.uuid(),
        at_most
    )
    .fetch_all(executor)
    .await?;
    let reviews = rows.into_iter().map(|row| Reviewed {
        review: row.id.into(),
        played_at: row.played_at.to_jiff(),
        map: row.map,
        civilization: row.civilization,
        won: row.result.as_deref().map(|result| result == "win"),
        scores: scores([
            row.overall,
            row.economy,
            row.military,
            row.technology,
            row.r#macro,
        ]),
    });
    Ok(reviews.collect())
}

/// Opens a review to whoever has the token, or closes it. False if there is no such review of the user's.
pub async fn share(
    executor: impl PgExecutor<'_>,
    user: UserId,
    id: ReviewId,
    share_hash: Option<&[u8]>,
) -> Result<bool, db::Error> {
    let changed = sqlx::query!(
        "update reviews set share_hash = $3 where id = $2 and user_id = $1",
        user.uuid(),
        id.uuid(),
        share_hash
    );
    Ok(changed.execute(executor).await?.rows_affected() > 0)
}

struct Row {
    id: uuid::Uuid,
    user_id: uuid::Uuid,
    game_id: i64,
    played_at: jiff_sqlx::Timestamp,
    map: String,
    kind: String,
    civilization: String,
    result: Option<String>,
    llm_model: String,
    fallback: Option<String>,
    summary_md: String,
    overall: Option<i16>,
    economy: Option<i16>,
    military: Option<i16>,
    technology: Option<i16>,
    r#macro: Option<i16>,
    key_moments: Value,
    advice: Value,
    facts: Value,
    compared: Value,
    timeline: Option<Value>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    shared: bool,
    generated_at: jiff_sqlx::Timestamp,
}

impl Row {
    fn read(self) -> Result<Review, db::Error> {
        let tokens = self.prompt_tokens.zip(self.completion_tokens);
        Ok(Review {
            id: self.id.into(),
            user: self.user_id.into(),
            game: self.game_id.cast_unsigned(),
            played_at: self.played_at.to_jiff(),
            map: self.map,
            kind: self.kind,
            civilization: self.civilization,
            result: self.result,
            llm_model: self.llm_model,
            fallback: self.fallback,
            summary_md: self.summary_md,
            scores: scores([
                self.overall,
                self.economy,
                self.military,
                self.technology,
                self.r#macro,
            ]),
            key_moments: from_json(self.key_moments)?,
            advice: from_json(self.advice)?,
            facts: from_json(self.facts)?,
            compared: from_json(self.compared)?,
            timeline: self.timeline,
            tokens: tokens
                .map(|(prompt, completion)| (prompt.unsigned_abs(), completion.unsigned_abs())),
            shared: self.shared,
            generated_at: self.generated_at.to_jiff(),
        })
    }
}

/// Where a page begins, the newest first.
fn behind(after: Option<(Timestamp, ReviewId)>) -> (Option<jiff_sqlx::Timestamp>, uuid::Uuid) {
    match after {
        Some((at, id)) => (Some(at.to_sqlx()), id.uuid()),
        None => (None, uuid::Uuid::max()),
    }
}

/// In the order of the table.
fn scores(columns: [Option<i16>; 5]) -> Scores {
    let [overall, economy, military, technology, r#macro] = columns.map(score);
    Scores {
        overall,
        economy,
        military,
        technology,
        r#macro,
    }
}

fn score(score: Option<i16>) -> Option<u8> {
    score.and_then(|score| u8::try_from(score).ok())
}

fn json(value: &impl Serialize) -> Result<Value, db::Error> {
    serde_json::to_value(value).map_err(|error| db::Error::Query(sqlx::Error::Encode(error.into())))
}

fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, db::Error> {
    serde_json::from_value(value)
        .map_err(|error| db::Error::Query(sqlx::Error::Decode(error.into())))
}
