use accounts::Admin;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Moment, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Notifications;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Query {
    user_id: UserId,
}

/// What a user's next digest would be, were it sent now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DigestPreview {
    user_id: UserId,
    /// When it is due; null where nothing has gathered.
    due_at: Option<Moment>,
    /// Null where nothing would be sent; the same holds for what follows.
    subject: Option<String>,
    text: Option<String>,
    html: Option<String>,
}

/// Preview a user's digest
///
/// Sends nothing.
#[utoipa::path(
    get,
    path = "/api/v1/admin/digests/preview",
    operation_id = "previewDigest",
    tag = "Admin",
    security(("admin" = [])),
    params(Query),
    responses(
        (status = 200, description = "The mail", body = DigestPreview),
        (status = 400, description = "`invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`admin_only`", body = ErrorBody),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
    ),
)]
pub(super) async fn preview_digest(
    _: Admin,
    State(notifications): State<Notifications>,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<DigestPreview>> {
    let preview = notifications.preview_digest(query.user_id).await?;
    let (subject, text, html) = match preview.mail {
        Some(mail) => (Some(mail.subject), Some(mail.text), Some(mail.html)),
        None => (None, None, None),
    };
    Ok(axum::Json(DigestPreview {
        user_id: preview.user,
        due_at: preview.due_at.map(Moment),
        subject,
        text,
        html,
    }))
}
