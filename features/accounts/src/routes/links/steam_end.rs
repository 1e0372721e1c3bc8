use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use http_api::ErrorBody;

use super::browser;
use crate::Accounts;
use crate::actions::link_steam;
use crate::model::identity::Provider;
use crate::routes::view::LinkView;

/// Come back from Steam
///
/// Where Steam sends the browser, with its assertion in the query and our cookie. The browser is sent on to the web app's
/// page `/settings/links`, with `?linked=steam`, `?cancelled=steam`, or `?error=` and a code as below. Who asks for JSON
/// gets the link or the error as such.
#[utoipa::path(
    get,
    path = "/api/v1/link/steam/callback",
    operation_id = "endSteamLink",
    tag = "accounts",
    security(()),
    params(("state" = Option<String>, Query, description = "As it was sent to Steam; beside it, all that Steam adds")),
    responses(
        (status = 200, description = "For `Accept: application/json`: the link, verified", body = LinkView),
        (status = 303, description = "To the web app"),
        (status = 400, description = "`link_state_invalid`: not begun in this browser, ended before, or too late; \
          `link_not_proven`: what Steam is said to have said doesn't hold", body = ErrorBody),
        (status = 401, description = "`session_ended`: the device that began was signed out", body = ErrorBody),
        (status = 409, description = "`identity_taken`: proven by another user; `link_cancelled`", body = ErrorBody),
        (status = 503, description = "`link_provider_unavailable`: Steam can't be asked; begin again later",
         body = ErrorBody),
    )
)]
pub async fn end_steam_link(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let secret = browser::secret(&accounts, Provider::Steam, &headers);
    let query = query.unwrap_or_default();
    let outcome = link_steam::end(accounts.shared(), secret, &query).await;
    browser::ended(&accounts, Provider::Steam, &headers, outcome)
}
