use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use http_api::{ApiPath, ApiResult, ErrorBody};

use super::unsubscribe::{Shown, UNDO, page};
use crate::Notifications;
use crate::actions::unsubscribe;

/// Unsubscribe by one click
///
/// As RFC 8058 has it: mail programs call it without any credentials. The token is what counts; whatever the body is,
/// or isn't, it unsubscribes, unless it is `undo=1`, as the page sends. Twice is the same as once.
#[utoipa::path(
    post,
    path = "/api/v1/unsubscribe/{token}",
    operation_id = "unsubscribe",
    tag = "Notifications",
    security(()),
    params(("token" = String, Path, description = "From the mail")),
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`List-Unsubscribe=One-Click`, as a form of either kind"
    ),
    responses(
        (status = 200, description = "A page that says so", body = String, content_type = "text/html"),
        (status = 404, description = "`invalid_unsubscribe_token`", body = ErrorBody),
    ),
)]
pub(super) async fn unsubscribe(
    State(notifications): State<Notifications>,
    ApiPath(token): ApiPath<String>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Response> {
    let (user, list) = unsubscribe::read(&notifications, &token)?;
    let undo = body.is_ok_and(|body| body == UNDO.as_bytes());
    unsubscribe::change(&notifications, user, list, undo).await?;
    let shown = if undo { Shown::Undone } else { Shown::Done };
    Ok(page(list, shown)?)
}
