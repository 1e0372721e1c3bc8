//! Administrators make, change and delete leaderboards; periods end by the clock.

use std::str::FromStr;

use croner::Cron;
use garde::Validate;
use jiff::{Timestamp, tz::TimeZone};
use kernel::{Moment, Tag, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::Scores;
use crate::boards::{Board, BoardError, Change, Changes, reload};
use crate::error::ScoresError;
use crate::model::{GLOBAL, Leaderboard, Operator, ScoreOrder};
use crate::store::leaderboards::{self, NewLeaderboard};

const MAX_TITLE: usize = 100;

/// A leaderboard, without its entries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaderboardView {
    #[schema(example = "chess")]
    pub id: Tag,
    /// The game whose plays count here; null for all games.
    #[schema(example = "chess")]
    pub game_id: Option<Tag>,
    #[schema(example = "Chess")]
    pub title: String,
    pub order: ScoreOrder,
    pub operator: Operator,
    /// When a period ends: a five-field cron line, in UTC; null for never.
    #[schema(example = "0 0 * * 1")]
    pub reset: Option<String>,
    pub next_reset_at: Option<Moment>,
    /// The present period, counted from 0. `GET /leaderboards/{id}/entries?period=` reads those before it.
    pub period: i32,
    /// How many players are on it.
    pub total: u64,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CreateLeaderboard {
    #[schema(example = "chess-weekly")]
    pub id: Tag,
    /// The game whose plays count here; left out for all games.
    #[schema(example = "chess")]
    pub game_id: Option<Tag>,
    #[garde(length(chars, min = 1, max = MAX_TITLE), custom(is_shown))]
    #[schema(min_length = 1, max_length = 100, example = "Chess, this week")]
    pub title: String,
    /// Which score is best: `desc` (the highest) if left out.
    pub order: Option<ScoreOrder>,
    /// What a play does to a player's score: `best` if left out.
    pub operator: Option<Operator>,
    /// When a period ends: a five-field cron line, in UTC.
    #[schema(example = "0 0 * * 1")]
    pub reset: Option<String>,
}

/// What is left out stays as it is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ChangeLeaderboard {
    #[garde(inner(length(chars, min = 1, max = MAX_TITLE), custom(is_shown)))]
    #[schema(min_length = 1, max_length = 100)]
    pub title: Option<String>,
    pub order: Option<ScoreOrder>,
    /// Scores that are there stay; plays from now on count by the new one.
    pub operator: Option<Operator>,
    /// A five-field cron line, in UTC; null for no more resets.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub reset: Option<Option<String>>,
}

/// PostgreSQL holds no U+0000, and no control character belongs into a title.
fn is_shown(title: &str, _context: &()) -> garde::Result {
    if title.contains(char::is_control) {
        return Err(garde::Error::new("must not hold control characters"));
    }
    Ok(())
}

/// Tells a null, which means "none", from what was left out.
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How a leaderboard looks from outside.
///
/// # Errors
/// While the board is being loaded.
pub fn view(board: &Board) -> Result<LeaderboardView, BoardError> {
    let total = board.read(|_, index| index.len() as u64)?;
    let definition = board.definition();
    Ok(LeaderboardView {
        id: definition.id.clone(),
        game_id: definition.game.clone(),
        title: definition.title.clone(),
        order: definition.order,
        operator: definition.operator,
        reset: definition.reset.clone(),
        next_reset_at: definition.next_reset_at.map(Moment),
        period: definition.period,
        total,
    })
}

pub async fn create_leaderboard(
    scores: &Scores,
    admin: UserId,
    request: CreateLeaderboard,
) -> Result<LeaderboardView, ScoresError> {
    let next_reset_at = next_reset(request.reset.as_deref(), scores.clock.now())?;
    let new = NewLeaderboard {
        id: &request.id,
        game: request.game_id.as_ref(),
        title: &request.title,
        order: request.order.unwrap_or(ScoreOrder::Desc),
        operator: request.operator.unwrap_or(Operator::Best),
        reset: request.reset.as_deref(),
        next_reset_at,
        demo: false,
    };
    let mut transaction = scores.database.begin().await?;
    let made = leaderboards::insert(&mut *transaction, &new, scores.clock.now())
        .await?
        .ok_or(ScoresError::LeaderboardExists)?;
    audit(
        scores,
        &mut transaction,
        admin,
        "leaderboard.created",
        &made,
    )
    .await?;
    transaction.commit().await?;
    let board = scores.boards.put(made);
    scores.boards.sharing.tell_to_look();
    reload(&scores.database, &board).await?;
    Ok(view(&board)?)
}

pub async fn change_leaderboard(
    scores: &Scores,
    admin: UserId,
    id: &str,
    request: ChangeLeaderboard,
) -> Result<LeaderboardView, ScoresError> {
    let mut transaction = scores.database.begin().await?;
    let (mut changed, _) = leaderboards::by_id(&mut *transaction, id)
        .await?
        .ok_or(BoardError::NotFound)?;
    let counts_otherwise = request.order.is_some_and(|order| order != changed.order)
        || request
            .operator
            .is_some_and(|operator| operator != changed.operator)
        || request.reset.as_ref().is_some_and(Option::is_some);
    if id == GLOBAL && counts_otherwise {
        return Err(ScoresError::GlobalIsFixed);
    }
    if let Some(title) = request.title {
        changed.title = title;
    }
    changed.order = request.order.unwrap_or(changed.order);
    changed.operator = request.operator.unwrap_or(changed.operator);
    if let Some(reset) = request.reset {
        changed.next_reset_at = next_reset(reset.as_deref(), scores.clock.now())?;
        changed.reset = reset;
    }
    let version = leaderboards::update(&mut *transaction, &changed).await?;
    audit(
        scores,
        &mut transaction,
        admin,
        "leaderboard.changed",
        &changed,
    )
    .await?;
    transaction.commit().await?;
    let order = changed.order.into();
    let number = changed.number;
    let board = scores.boards.put(changed);
    scores.boards.sharing.tell_to_look();
    if board.read(|_, index| index.order() != order)? {
        // Read anew rather than raised: the board must never say this version while it has the former order, or what
        // is kept by the version, such as an encoded page, would be served for good.
        scores.finished.forget();
        reload(&scores.database, &board).await?;
    } else {
        let changes = Vec::new();
        scores
            .boards
            .committed(number, Changes { version, changes });
    }
    Ok(view(&board)?)
}

pub async fn delete_leaderboard(
    scores: &Scores,
    admin: UserId,
    id: &str,
) -> Result<(), ScoresError> {
    if id == GLOBAL {
        return Err(ScoresError::GlobalIsFixed);
    }
    let mut transaction = scores.database.begin().await?;
    let (gone, _) = leaderboards::by_id(&mut *transaction, id)
        .await?
        .ok_or(BoardError::NotFound)?;
    leaderboards::delete(&mut *transaction, gone.number).await?;
    audit(
        scores,
        &mut transaction,
        admin,
        "leaderboard.deleted",
        &gone,
    )
    .await?;
    transaction.commit().await?;
    scores.boards.remove(gone.number);
    scores.boards.sharing.tell_to_look();
    Ok(())
}

/// Ends the periods whose time has come, and begins new ones.
pub async fn end_periods(scores: &Scores) {
    let now = scores.clock.now();
    for board in scores.boards.all() {
        let definition = board.definition().clone();
        if definition.next_reset_at.is_none_or(|at| at > now) {
            continue;
        }
        if let Err(error) = end_period(scores, &board, definition, now).await {
            tracing::error!(%error, "a leaderboard could not be reset");
        }
    }
}

async fn end_period(
    scores: &Scores,
    board: &Board,
    definition: Leaderboard,
    now: Timestamp,
) -> Result<(), ScoresError> {
    let next = next_reset(definition.reset.as_deref(), now)?;
    let begun = leaderboards::begin_period(scores.database.pool(), &definition, next).await?;
    // Where another server was faster, its change arrives like any other of another server.
    if let Some(version) = begun {
        board.set_definition(Leaderboard {
            period: definition.period + 1,
            next_reset_at: next,
            ..definition
        });
        board.apply(Changes {
            version,
            changes: vec![Change::Clear],
        });
        // They read the definition, and the board with it.
        scores.boards.sharing.tell_to_look();
    }
    Ok(())
}

/// When a cron line fires next.
fn next_reset(reset: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, ScoresError> {
    let Some(line) = reset else {
        return Ok(None);
    };
    let wrong = |reason: String| {
        ScoresError::field("reset", format!("must be a five-field cron line: {reason}"))
    };
    if line.split_whitespace().count() != 5 || line.len() > 100 {
        return Err(wrong(
            "minute, hour, day of month, month, day of week".to_owned(),
        ));
    }
    let cron = Cron::from_str(line).map_err(|error| wrong(error.to_string()))?;
    let next = cron
        .find_next_occurrence(&now.to_zoned(TimeZone::UTC), false)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(Some(next.timestamp()))
}

async fn audit(
    scores: &Scores,
    transaction: &mut db::Transaction,
    admin: UserId,
    action: &str,
    leaderboard: &Leaderboard,
) -> Result<(), ScoresError> {
    let data = json!({
        "title": leaderboard.title,
        "order": leaderboard.order,
        "operator": leaderboard.operator,
        "reset": leaderboard.reset,
    });
    let (at, subject) = (scores.clock.now(), leaderboard.id.as_str());
    accounts::audit::record(transaction, at, Some(admin), action, subject, data).await?;
    Ok(())
}
