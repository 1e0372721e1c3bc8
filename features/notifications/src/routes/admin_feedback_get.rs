use accounts::Admin;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, FeedbackId, Moment, PageLimit, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Notifications;
use crate::actions::feedback;
use crate::store::feedback::Feedback;

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

/// What somebody told us.
#[derive(Serialize, ToSchema)]
#[schema(as = Feedback)]
#[serde(rename_all = "camelCase")]
struct FeedbackView {
    id: FeedbackId,
    /// None for those who were not signed in.
    user_id: Option<UserId>,
    message: String,
    rating: Option<i16>,
    page: Option<String>,
    created_at: Moment,
}

impl From<Feedback> for FeedbackView {
    fn from(feedback: Feedback) -> Self {
        Self {
            id: feedback.id,
            user_id: feedback.user,
            message: feedback.message,
            rating: feedback.rating,
            page: feedback.page,
            created_at: feedback.created_at.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FeedbackList {
    feedback: Vec<FeedbackView>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// List the feedback
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/feedback",
    operation_id = "listFeedback",
    tag = "Admin",
    security(("admin" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = FeedbackList),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
    ),
)]
pub(super) async fn list_feedback(
    _: Admin,
    State(notifications): State<Notifications>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<FeedbackList>> {
    let page = feedback::list(&notifications, query.limit, query.cursor.as_deref()).await?;
    let page = page.map(FeedbackView::from);
    Ok(axum::Json(FeedbackList {
        feedback: page.items,
        next_cursor: page.next,
    }))
}
