use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use http_api::{ApiResult, ErrorBody};
use serde::Serialize;
use utoipa::ToSchema;

use crate::events::Events;

#[derive(Serialize, ToSchema)]
#[schema(as = EventTicket)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventTicketView {
    /// For `GET /events?ticket=`, once.
    #[schema(example = "tkt_…")]
    ticket: String,
    /// In seconds: within that time the stream must be opened.
    #[schema(example = 30)]
    expires_in: u64,
}

/// Get a ticket for one event stream
///
/// For clients that can't send the header `Authorization` with `GET /events`, as a browser's EventSource. It is good
/// once, for a moment, on every server.
#[utoipa::path(
    post,
    path = "/api/v1/events/ticket",
    operation_id = "issueEventTicket",
    tag = "Live events",
    security(("user" = [])),
    responses(
        (status = 200, description = "The ticket", body = EventTicketView),
        (status = 401, description = "`unauthenticated`, `invalid_token`, `token_expired` or `session_ended`",
         body = ErrorBody),
    ),
)]
pub(super) async fn issue_event_ticket(
    user: CurrentUser,
    State(events): State<Events>,
) -> ApiResult<Response> {
    let ticket = events.issue_ticket(user).await?;
    let view = EventTicketView {
        ticket: ticket.text.expose().to_owned(),
        expires_in: ticket.good_for.as_secs(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}
