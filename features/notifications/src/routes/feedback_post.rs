use accounts::MaybeUser;
use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ClientIp, ErrorBody};
use kernel::{FeedbackId, Moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Notifications;
use crate::actions::feedback::{self, Told};

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedbackBody {
    #[garde(length(chars, min = 1, max = 5000), custom(not_blank))]
    #[schema(
        min_length = 1,
        max_length = 5000,
        example = "The board is a joy to watch."
    )]
    message: String,
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    rating: Option<i16>,
    /// Where the sender was.
    #[garde(inner(length(chars, max = 300)))]
    #[schema(max_length = 300, example = "/leaderboards/global")]
    page: Option<String>,
}

fn not_blank(text: &str, _: &()) -> garde::Result {
    match text.trim().is_empty() || text.contains('\0') {
        true => Err(garde::Error::new("must say something")),
        false => Ok(()),
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FeedbackGiven {
    id: FeedbackId,
    created_at: Moment,
}

/// Tell those who run this server something
///
/// Signed in or not.
#[utoipa::path(
    post,
    path = "/api/v1/feedback",
    operation_id = "giveFeedback",
    tag = "Notifications",
    security(()),
    request_body = FeedbackBody,
    responses(
        (status = 201, description = "Kept", body = FeedbackGiven),
        (status = 401, description = "`invalid_token`, `token_expired`: send none, or a good one", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 429, description = "`rate_limited`", body = ErrorBody),
    ),
)]
pub(super) async fn give_feedback(
    State(notifications): State<Notifications>,
    client: ClientIp,
    MaybeUser(user): MaybeUser,
    ApiJson(body): ApiJson<FeedbackBody>,
) -> ApiResult<(StatusCode, axum::Json<FeedbackGiven>)> {
    if let Some(limiter) = &notifications.feedback {
        limiter.check(&client.subnet())?;
    }
    let told = Told {
        user: user.map(|user| user.id),
        message: body.message.trim().to_owned(),
        rating: body.rating,
        page: body.page.map(|page| page.replace('\0', "")),
    };
    let kept = feedback::give(&notifications, told).await?;
    let given = FeedbackGiven {
        id: kept.id,
        created_at: kept.created_at.into(),
    };
    Ok((StatusCode::CREATED, axum::Json(given)))
}
