//! Writes the review that somebody has asked for.
//!
//! Invariants:
//! - Whatever is written is written in the transaction that ends the job: a review, what the match adds to the benchmarks,
//!   and the word to the user happen once, though the job be taken for abandoned.
//! - A wish that can't be fulfilled ends too, and is told of.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, New, Queue, Retry, Running};
use jiff::SignedDuration;
use kernel::{ReviewId, ReviewTaskId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::Reviewed;
use crate::Aoe4;
use crate::coach::{Brief, Unwritten, Written, rules};
use crate::model::benchmarks::RankGroup;
use crate::model::facts::Facts;
use crate::model::game::Game;
use crate::model::metrics::Metrics;
use crate::model::scoring::Assessment;
use crate::model::summary::{Summary, strip};
use crate::model::timeline::Timeline;
use crate::model::words;
use crate::store::benchmarks::{self, Seen};
use crate::store::reviews::{self, Review};
use crate::store::tasks::{Task, Wish};
use crate::store::{games, summaries, tasks};
use crate::upstream::{StrangeAnswer, SummaryAnswer, UpstreamError};

/// After that, a summary that isn't published never will be.
const PUBLISHED_WITHIN: SignedDuration = SignedDuration::from_hours(3);
/// How often a model is asked that doesn't answer; then the rules write. Attempts that wait for something else don't count.
const PATIENCE_WITH_MODELS: i16 = 4;
/// Asking, looking, comparing, writing.
const STEPS: u64 = 4;

#[derive(Debug, Serialize, Deserialize)]
pub struct ReviewGame {
    pub task: ReviewTaskId,
}

impl Job for ReviewGame {
    const KIND: &'static str = "aoe4.review";
    /// They mostly wait: what a server and a model can bear is said by `WORKER_CONCURRENCY` and `OPENAI_CONCURRENCY`.
    const QUEUE: Queue = Queue::new("reviews", 32);
    /// A minute for AoE4World, and two answers of a model, each of which waits two minutes for its turn and may take three.
    const TIMEOUT: Duration = Duration::from_secs(15 * 60);
    /// One minute, two, four, eight, sixteen, and then by the half hour: three hours in all.
    const RETRY: Retry = Retry {
        attempts: 11,
        base: Duration::from_secs(60),
        factor: 2,
        longest: Duration::from_secs(30 * 60),
    };
}

pub async fn run(job: ReviewGame, aoe4: Aoe4, running: Running) -> Result<Done, JobError> {
    let pool = aoe4.database.pool();
    let Some(task) = tasks::begin(pool, job.task, running.attempt()).await? else {
        return Err(JobError::Cancelled);
    };
    let outcome = review(&aoe4, job.task, task, &running).await;
    match &outcome {
        Err(JobError::Cancelled) | Ok(_) => {}
        Err(JobError::Retry { error, .. }) if !running.is_last() => {
            tasks::failed_for_now(pool, job.task, error).await?;
        }
        Err(error) => {
            let mut tx = aoe4.database.begin().await?;
            give_up(&aoe4, &mut tx, job.task, task.wish, &error.to_string()).await?;
            tx.commit().await.map_err(db::Error::from)?;
        }
    }
    outcome
}

/// A match as it is known here, and what happened in it as far as that could be seen.
struct Match {
    game: Game,
    profile_id: u64,
    summary: Option<Summary>,
    facts: Facts,
}

async fn review(
    aoe4: &Aoe4,
    id: ReviewTaskId,
    task: Task,
    running: &Running,
) -> Result<Done, JobError> {
    let pool = aoe4.database.pool();
    let Wish { user, game } = task.wish;
    let found = games::find(pool, user, game).await?;
    let (listed, payload) = found.ok_or(JobError::Cancelled)?;
    let game = Game::parse(&payload).map_err(JobError::fatal)?;
    running.progress(0, STEPS, "asking AoE4World what happened");
    let summary = summary(aoe4, &game, listed.profile_id, running).await?;
    running.progress(1, STEPS, "looking for facts");
    let facts = match &summary {
        Some(summary) => Facts::of(summary, listed.profile_id).and_game(&game),
        None => Facts::without_summary(&game, listed.profile_id),
    };
    let seen = Match {
        profile_id: listed.profile_id,
        game,
        summary,
        facts,
    };
    running.progress(2, STEPS, "comparing with other players");
    let assessment = assess(aoe4, &seen, &listed.civilization).await?;
    running.progress(3, STEPS, "writing");
    let brief = Brief {
        facts: &seen.facts,
        assessment: &assessment,
    };
    let text = write(aoe4, brief, id, task, running).await?;
    let timeline = seen.summary.as_ref().map(|summary| {
        let timeline = Timeline::of(summary, &seen.facts);
        serde_json::to_value(timeline).unwrap_or(Value::Null)
    });
    let review = Review {
        id: ReviewId::new(aoe4.clock.new_uuid()),
        user,
        game: listed.id,
        played_at: listed.played_at,
        map: listed.map,
        kind: listed.kind,
        civilization: listed.civilization,
        result: listed.result,
        llm_model: text.model,
        fallback: text.fallback,
        summary_md: text.written.summary_md,
        scores: assessment.scores,
        key_moments: text.written.key_moments,
        advice: text.written.advice,
        facts: seen.facts.clone(),
        compared: assessment.compared,
        timeline,
        tokens: text.tokens,
        shared: false,
        generated_at: aoe4.clock.now(),
    };
    let mut tx = aoe4.database.begin().await?;
    reviews::insert(&mut *tx, &review).await?;
    tasks::succeed(&mut *tx, id, review.id, review.generated_at).await?;
    games::mark(&mut *tx, user, listed.id, "reviewed").await?;
    benchmarks::count(&mut tx, listed.id, players_of(&seen)).await?;
    let told = Reviewed {
        user,
        game: listed.id,
        map: words::plain(&review.map),
        civilization: words::civilization(&review.civilization),
        review: Some(review.id),
        overall: review.scores.overall,
    };
    aoe4.jobs.enqueue(&mut tx, New::of(&told)).await?;
    running
        .complete_with(tx, &json!({ "reviewId": review.id }))
        .await
}

/// What happened in it. None if that is not to be had; while it may still be published, the job comes back later.
async fn summary(
    aoe4: &Aoe4,
    game: &Game,
    profile_id: u64,
    running: &Running,
) -> Result<Option<Summary>, JobError> {
    let pool = aoe4.database.pool();
    if let Some(known) = summaries::find(pool, game.id).await? {
        return Ok(read(&known, game, profile_id));
    }
    let ended_at =
        game.started_at + SignedDuration::from_secs(i64::from(game.duration.unwrap_or(0)));
    let late = aoe4.clock.now() > ended_at + PUBLISHED_WITHIN;
    match aoe4.upstream.summary(profile_id, game.id).await {
        Ok(SummaryAnswer::There(mut told)) => {
            strip(&mut told);
            let summary = read(&told, game, profile_id);
            if summary.is_some() {
                summaries::keep(pool, game.id, &told, aoe4.clock.now()).await?;
            }
            Ok(summary)
        }
        Ok(SummaryAnswer::Private) => Ok(None),
        Ok(SummaryAnswer::NotThere) if late || running.is_last() => Ok(None),
        Ok(SummaryAnswer::NotThere) => Err(JobError::retry(
            "AoE4World hasn't published what happened in this match yet. It is asked again later.",
        )),
        // It will never be smaller.
        Err(UpstreamError::Strange(strange @ StrangeAnswer::TooLarge { .. })) => {
            tracing::warn!(%strange, game = game.id, "a match's summary can't be read; its review does without");
            Ok(None)
        }
        // What is no summary, such as a page that asks for patience, may be one the next time.
        Err(error) if running.is_last() => {
            tracing::warn!(%error, game = game.id, "AoE4World stays away; a review does without the match's summary");
            Ok(None)
        }
        Err(error) => {
            let wait = kernel::Failure::retry_after(&error).unwrap_or_default();
            Err(JobError::retry_after(error, wait))
        }
    }
}

/// None if it can't be read, or is of another match, or without the player: what the match itself says is more then.
fn read(told: &Value, game: &Game, profile_id: u64) -> Option<Summary> {
    let summary = match Summary::parse(told) {
        Ok(summary) => summary,
        Err(malformed) => {
            tracing::warn!(%malformed, game = game.id, "a match's summary can't be read; its review does without");
            return None;
        }
    };
    let fits = summary.game_id == game.id && summary.player(profile_id).is_some();
    if !fits {
        tracing::warn!(
            game = game.id,
            "a match's summary is of another match, or lacks the player; its review does without"
        );
    }
    fits.then_some(summary)
}

/// Scores, against those who are alike.
async fn assess(aoe4: &Aoe4, seen: &Match, civilization: &str) -> Result<Assessment, JobError> {
    let Some(summary) = &seen.summary else {
        return Ok(Assessment::default());
    };
    let usual = benchmarks::load(aoe4.database.pool()).await?;
    let metrics = Metrics::of(summary, seen.profile_id);
    let rank = rank(&seen.game, seen.profile_id);
    Ok(Assessment::of(&metrics, &usual, rank, civilization))
}

/// Points of ranked ladders say how strong somebody is; others don't.
fn rank(game: &Game, profile_id: u64) -> RankGroup {
    let player = game.participant(profile_id);
    let rating = player.and_then(|player| player.rating);
    RankGroup::of_rating(rating.filter(|_| game.kind.starts_with("rm_")))
}

/// What each player of the match adds to what is usual.
fn players_of(seen: &Match) -> Vec<Seen> {
    let Some(summary) = &seen.summary else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for player in &summary.players {
        let rank = rank(&seen.game, player.profile_id);
        let metrics = Metrics::of(summary, player.profile_id);
        all.extend(metrics.iter().map(|(metric, value)| Seen {
            rank,
            civilization: player.civilization.clone(),
            metric,
            value,
        }));
    }
    all
}

/// A text, and who wrote it.
struct Text {
    written: Written,
    model: String,
    fallback: Option<String>,
    tokens: Option<(u64, u64)>,
}

/// By the coach, and where that fails, by the rules.
async fn write(
    aoe4: &Aoe4,
    brief: Brief<'_>,
    id: ReviewTaskId,
    task: Task,
    running: &Running,
) -> Result<Text, JobError> {
    let by_rules = |why: String, tokens| Text {
        written: rules::review(brief),
        model: "rules".to_owned(),
        fallback: Some(why),
        tokens,
    };
    let asked = aoe4.coach.review(brief).await;
    let usage = asked.usage.unwrap_or_default();
    // What earlier attempts paid for in vain is a part of what the review costs.
    let tokens = (
        task.spent.0.saturating_add(usage.prompt),
        task.spent.1.saturating_add(usage.completion),
    );
    let tokens = Some(tokens).filter(|tokens| asked.usage.is_some() || *tokens != (0, 0));
    let (why, wait, counts) = match asked.outcome {
        Ok(answered) => {
            return Ok(Text {
                written: answered.written,
                model: answered.model,
                fallback: None,
                tokens,
            });
        }
        Err(Unwritten::Never { why }) => return Ok(by_rules(why, tokens)),
        Err(Unwritten::Later { why, wait }) => (why, wait, true),
        Err(error @ Unwritten::NotAsked { wait }) => (error.to_string(), wait, false),
    };
    let failures = task.model_failures + i16::from(counts);
    if failures >= PATIENCE_WITH_MODELS || running.is_last() {
        return Ok(by_rules(why, tokens));
    }
    let spent = (usage.prompt, usage.completion);
    tasks::model_failed(aoe4.database.pool(), id, counts, spent).await?;
    Err(JobError::retry_after(why, wait.unwrap_or_default()))
}

/// Ends a wish that can't be fulfilled, and tells its player. One that is over already is left as it is.
pub(super) async fn give_up(
    aoe4: &Aoe4,
    tx: &mut PgConnection,
    id: ReviewTaskId,
    wish: Wish,
    error: &str,
) -> Result<(), db::Error> {
    if !close(aoe4, tx, id, wish, error).await? {
        return Ok(());
    }
    if let Some((game, _)) = games::find(&mut *tx, wish.user, wish.game).await? {
        let told = Reviewed {
            user: wish.user,
            game: wish.game,
            map: words::plain(&game.map),
            civilization: words::civilization(&game.civilization),
            review: None,
            overall: None,
        };
        aoe4.jobs.enqueue(tx, New::of(&told)).await?;
    }
    Ok(())
}

/// Ends a wish without a word. False if it was over already.
pub(super) async fn close(
    aoe4: &Aoe4,
    tx: &mut PgConnection,
    id: ReviewTaskId,
    wish: Wish,
    error: &str,
) -> Result<bool, db::Error> {
    let closed = tasks::fail(&mut *tx, id, error, aoe4.clock.now()).await?;
    if closed {
        games::mark(&mut *tx, wish.user, wish.game, "raw").await?;
    }
    Ok(closed)
}
