use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http_api::{ApiQuery, ErrorBody};

use super::browser::{self, BeginQuery};
use crate::actions::link_trackmania;
use crate::model::identity::Provider;
use crate::{Accounts, Error, MaybeUser};

/// Begin to prove my Trackmania account
///
/// For a browser to navigate to: it is sent to Trackmania, comes back to `/link/trackmania/callback`, and ends at the web app's page
/// `/settings/links`. Within ten minutes, in the same browser; who begins again gives up the last attempt. A page passes a
/// ticket; a browser that was sent here by another site or program is refused. Errors of browsers (`Accept: text/html`) go to
/// the web app's page too.
#[utoipa::path(
    get,
    path = "/api/v1/link/trackmania/start",
    operation_id = "beginTrackmaniaLink",
    tag = "accounts",
    security(("user" = [])),
    params(BeginQuery),
    responses(
        (status = 303, description = "To Trackmania, with a cookie"),
        (status = 401, description = "`unauthenticated`, `invalid_token`, `token_expired`, `session_ended` or \
          `invalid_ticket`", body = ErrorBody),
        (status = 403, description = "`link_from_elsewhere`: begun with a ticket by another site; `account_banned`",
         body = ErrorBody),
        (status = 409, description = "`link_not_configured`: this server is no client of Trackmania's public API", body = ErrorBody),
    )
)]
pub async fn begin_trackmania_link(
    State(accounts): State<Accounts>,
    MaybeUser(user): MaybeUser,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<BeginQuery>,
) -> Response {
    let begin = async || {
        let user = browser::caller(&accounts, &headers, &query, user).await?;
        link_trackmania::begin(accounts.shared(), user).await
    };
    let outcome: Result<_, Error> = begin().await;
    browser::begun(&accounts, Provider::Trackmania, &headers, outcome)
}
