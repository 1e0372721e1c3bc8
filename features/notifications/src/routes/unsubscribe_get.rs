use axum::extract::State;
use axum::response::Response;
use http_api::{ApiPath, ApiResult, ErrorBody};

use super::unsubscribe::{Shown, page};
use crate::Notifications;
use crate::actions::unsubscribe;

/// See the page behind the link in a mail
///
/// Looking at it changes nothing: programs that check links look at all of them.
#[utoipa::path(
    get,
    path = "/api/v1/unsubscribe/{token}",
    operation_id = "showUnsubscribePage",
    tag = "Notifications",
    security(()),
    params(("token" = String, Path, description = "From the mail")),
    responses(
        (status = 200, description = "A page with one button", body = String, content_type = "text/html"),
        (status = 404, description = "`invalid_unsubscribe_token`", body = ErrorBody),
    ),
)]
pub(super) async fn show_unsubscribe_page(
    State(notifications): State<Notifications>,
    ApiPath(token): ApiPath<String>,
) -> ApiResult<Response> {
    let (_, list) = unsubscribe::read(&notifications, &token)?;
    Ok(page(list, Shown::Asked)?)
}
