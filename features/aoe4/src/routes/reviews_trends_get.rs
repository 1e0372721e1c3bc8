use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiResult, ErrorBody};
use kernel::{Moment, ReviewId};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::ScoresView;
use crate::Aoe4;
use crate::actions::reviews;
use crate::model::trends::Trend;

/// One match of a trend.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TrendPoint {
    review_id: ReviewId,
    played_at: Moment,
    scores: ScoresView,
}

/// How it goes with one civilization, or on one map.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TrendView {
    /// The civilization, or the map.
    name: String,
    reviews: u64,
    wins: u64,
    /// Means over these reviews.
    mean: ScoresView,
    /// The later half's mean overall score less the earlier half's; null below four reviews.
    change: Option<i16>,
    /// The last twenty matches, the oldest first.
    latest: Vec<TrendPoint>,
}

impl From<Trend> for TrendView {
    fn from(trend: Trend) -> Self {
        let points = trend.latest.into_iter().map(|review| TrendPoint {
            review_id: review.review,
            played_at: Moment(review.played_at),
            scores: review.scores.into(),
        });
        Self {
            name: trend.name,
            reviews: trend.reviews,
            wins: trend.wins,
            mean: trend.mean.into(),
            change: trend.change,
            latest: points.collect(),
        }
    }
}

/// How the caller does, those with most reviews first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrendsView {
    civilizations: Vec<TrendView>,
    maps: Vec<TrendView>,
}

/// See how I am doing
///
/// By civilization and by map, over the reviews of the last five hundred matches.
#[utoipa::path(
    get,
    path = "/api/v1/reviews/trends",
    operation_id = "getReviewTrends",
    tag = "Age of Empires IV",
    security(("user" = [])),
    responses(
        (status = 200, description = "The trends", body = TrendsView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    ),
)]
pub(super) async fn get_review_trends(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
) -> ApiResult<axum::Json<TrendsView>> {
    let (civilizations, maps) = reviews::trends_of(&aoe4, user.id).await?;
    Ok(axum::Json(TrendsView {
        civilizations: civilizations.into_iter().map(TrendView::from).collect(),
        maps: maps.into_iter().map(TrendView::from).collect(),
    }))
}
