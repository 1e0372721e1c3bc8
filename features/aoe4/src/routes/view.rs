//! Shapes that several answers share.

use std::collections::BTreeMap;

use kernel::{Moment, ReviewId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::benchmarks::Group;
use crate::model::scoring::Scores;
use crate::store::games::ListedGame;
use crate::store::reviews::Review;

/// A match of the caller's.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GameView {
    /// AoE4World's id.
    id: u64,
    played_at: Moment,
    /// As AoE4World calls it; new ones come with each season.
    #[schema(example = "Dry Arabia")]
    map: String,
    /// As in `rm_1v1`, `rm_4v4`, `qm_ffa`; new ones may come.
    #[schema(example = "rm_1v1")]
    kind: String,
    #[schema(example = "english")]
    civilization: String,
    /// Of all opponents, each as often as it was played. Empty where there was nobody.
    opponent_civilizations: Vec<String>,
    /// `win`, `loss`, or another word of AoE4World's; null while the match runs.
    result: Option<String>,
    rating: Option<i32>,
    rating_diff: Option<i32>,
    /// Seconds; null while the match runs.
    duration: Option<u32>,
    /// `raw`, `reviewing` or `reviewed`.
    status: String,
    review_id: Option<ReviewId>,
}

impl From<ListedGame> for GameView {
    fn from(game: ListedGame) -> Self {
        Self {
            id: game.id,
            played_at: Moment(game.played_at),
            map: game.map,
            kind: game.kind,
            civilization: game.civilization,
            opponent_civilizations: game.opponent_civilizations,
            result: game.result,
            rating: game.rating,
            rating_diff: game.rating_diff,
            duration: game.duration,
            status: game.status,
            review_id: game.review,
        }
    }
}

/// 0–100; null for what could not be seen.
#[derive(Serialize, ToSchema)]
pub(super) struct ScoresView {
    overall: Option<u8>,
    economy: Option<u8>,
    military: Option<u8>,
    technology: Option<u8>,
    r#macro: Option<u8>,
}

impl From<Scores> for ScoresView {
    fn from(scores: Scores) -> Self {
        Self {
            overall: scores.overall,
            economy: scores.economy,
            military: scores.military,
            technology: scores.technology,
            r#macro: scores.r#macro,
        }
    }
}

/// A moment that mattered.
#[derive(Serialize, ToSchema)]
struct MomentView {
    /// Game seconds.
    at: Option<u32>,
    title: String,
    /// Ids of `facts`.
    evidence: Vec<String>,
}

/// What to do otherwise.
#[derive(Serialize, ToSchema)]
struct AdviceView {
    title: String,
    text: String,
    /// Ids of `facts`.
    evidence: Vec<String>,
}

/// Something that was so in the match, and the numbers that it came from.
#[derive(Serialize, ToSchema)]
struct FactView {
    #[schema(example = "me.age.feudal")]
    id: String,
    /// Game seconds, for what has its moment.
    at: Option<u32>,
    text: String,
    #[schema(value_type = std::collections::HashMap<String, f64>)]
    numbers: BTreeMap<String, f64>,
}

/// A value beside what is usual.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ComparedView {
    #[schema(example = "villagersAtTenMinutes")]
    metric: &'static str,
    value: f64,
    /// Of those who are compared with.
    usual: f64,
    /// Standard deviation.
    spread: f64,
    /// Players who are compared with; 0 for the table that a new server begins with, which is an estimate.
    sample: u64,
    /// Who they are: their rank, their civilization, both, or everybody.
    #[schema(value_type = Object)]
    group: Group,
    /// 0–100.
    score: u8,
}

/// A review, and all that it stands on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReviewView {
    id: ReviewId,
    game_id: u64,
    played_at: Moment,
    map: String,
    kind: String,
    civilization: String,
    result: Option<String>,
    /// The model that wrote it, or `rules`.
    llm_model: String,
    /// Why the rules wrote it, though a model was asked.
    fallback: Option<String>,
    summary_md: String,
    scores: ScoresView,
    /// In the order of time.
    key_moments: Vec<MomentView>,
    /// The most important first.
    advice: Vec<AdviceView>,
    facts: Vec<FactView>,
    /// What could not be seen, each the end of "It could not be seen …".
    unseen: Vec<String>,
    compared: Vec<ComparedView>,
    /// Series for plots: `{timestamps, players: [{…}]}`; null where there was no summary.
    #[schema(value_type = Option<Object>)]
    timeline: Option<Value>,
    /// What the model was paid for; null if none was asked, or it didn't tell.
    tokens: Option<TokensView>,
    /// Whether there is a link that anyone may open.
    shared: bool,
    generated_at: Moment,
}

#[derive(Serialize, ToSchema)]
struct TokensView {
    prompt: u64,
    completion: u64,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        let moments = review.key_moments.into_iter().map(|moment| MomentView {
            at: moment.at,
            title: moment.title,
            evidence: moment.evidence,
        });
        let advice = review.advice.into_iter().map(|advice| AdviceView {
            title: advice.title,
            text: advice.text,
            evidence: advice.evidence,
        });
        let facts = review.facts.facts.into_iter().map(|fact| FactView {
            id: fact.id,
            at: fact.at,
            text: fact.text,
            numbers: fact.numbers,
        });
        let compared = review.compared.into_iter().map(|compared| ComparedView {
            metric: compared.metric.about().word,
            value: compared.value,
            usual: compared.benchmark.mean,
            spread: compared.benchmark.spread,
            sample: compared.benchmark.sample,
            group: compared.benchmark.group,
            score: compared.score,
        });
        Self {
            id: review.id,
            game_id: review.game,
            played_at: Moment(review.played_at),
            map: review.map,
            kind: review.kind,
            civilization: review.civilization,
            result: review.result,
            llm_model: review.llm_model,
            fallback: review.fallback,
            summary_md: review.summary_md,
            scores: review.scores.into(),
            key_moments: moments.collect(),
            advice: advice.collect(),
            facts: facts.collect(),
            unseen: review.facts.unseen,
            compared: compared.collect(),
            timeline: review.timeline,
            tokens: review
                .tokens
                .map(|(prompt, completion)| TokensView { prompt, completion }),
            shared: review.shared,
            generated_at: Moment(review.generated_at),
        }
    }
}
