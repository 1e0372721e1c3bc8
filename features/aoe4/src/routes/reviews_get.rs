use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, Moment, PageLimit, ReviewId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Aoe4;
use crate::actions::reviews;
use crate::store::reviews::ListedReview;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// A review, in short.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ListedReviewView {
    id: ReviewId,
    game_id: u64,
    played_at: Moment,
    map: String,
    civilization: String,
    result: Option<String>,
    /// The model that wrote it, or `rules`.
    llm_model: String,
    /// 0–100; null where too little could be seen.
    overall: Option<u8>,
    generated_at: Moment,
}

impl From<ListedReview> for ListedReviewView {
    fn from(review: ListedReview) -> Self {
        Self {
            id: review.id,
            game_id: review.game,
            played_at: Moment(review.played_at),
            map: review.map,
            civilization: review.civilization,
            result: review.result,
            llm_model: review.llm_model,
            overall: review.overall,
            generated_at: Moment(review.generated_at),
        }
    }
}

/// A page of reviews, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reviews {
    reviews: Vec<ListedReviewView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List my reviews
#[utoipa::path(
    get,
    path = "/api/v1/reviews",
    operation_id = "listReviews",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = Reviews),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
    ),
)]
pub(super) async fn list_reviews(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<Reviews>> {
    let page = reviews::list(&aoe4, user.id, query.limit, query.cursor.as_deref()).await?;
    let page = page.map(ListedReviewView::from);
    Ok(axum::Json(Reviews {
        reviews: page.items,
        next_cursor: page.next,
    }))
}
