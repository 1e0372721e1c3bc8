use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use http_api::ErrorBody;

use super::browser::{self, CodeQuery};
use crate::Accounts;
use crate::actions::link_trackmania;
use crate::model::identity::Provider;
use crate::routes::view::LinkView;

/// Come back from Trackmania
///
/// Where Trackmania sends the browser, with a code in the query and our cookie. The browser is sent on to the web app's page
/// `/settings/links`, with `?linked=trackmania`, `?cancelled=trackmania`, or `?error=` and a code as below. Who asks for JSON
/// gets the link or the error as such.
#[utoipa::path(
    get,
    path = "/api/v1/link/trackmania/callback",
    operation_id = "endTrackmaniaLink",
    tag = "accounts",
    security(()),
    params(CodeQuery),
    responses(
        (status = 200, description = "For `Accept: application/json`: the link, verified", body = LinkView),
        (status = 303, description = "To the web app"),
        (status = 400, description = "`link_state_invalid`: not begun in this browser, ended before, or too late; \
          `link_not_proven`: Trackmania doesn't know the code, or doesn't say whose account it is", body = ErrorBody),
        (status = 401, description = "`session_ended`: the device that began was signed out", body = ErrorBody),
        (status = 409, description = "`identity_taken`: proven by another user; `link_cancelled`; `link_not_configured`",
         body = ErrorBody),
        (status = 503, description = "`link_provider_unavailable`: Trackmania can't be asked; begin again later",
         body = ErrorBody),
    )
)]
pub async fn end_trackmania_link(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let secret = browser::secret(&accounts, Provider::Trackmania, &headers);
    let query = query.unwrap_or_default();
    let outcome = link_trackmania::end(accounts.shared(), secret, &query).await;
    browser::ended(&accounts, Provider::Trackmania, &headers, outcome)
}
