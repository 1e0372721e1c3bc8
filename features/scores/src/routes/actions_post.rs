use accounts::GameService;
use axum::extract::State;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};

use crate::Scores;
use crate::actions::issue_action::{self, IssueAction, IssuedAction};

/// Vouch for an action
///
/// A game's own server says that a player finished an action, and up to which score. The answer's token goes
/// to the player's client, which sends it with the score. Nothing is stored.
#[utoipa::path(
    post,
    path = "/api/v1/actions",
    operation_id = "issueAction",
    tag = "Scores",
    security(("key" = [])),
    request_body = IssueAction,
    responses(
        (status = 201, description = "A signed, short-lived token", body = IssuedAction),
        (status = 401, description = "`invalid_api_key`", body = ErrorBody),
        (status = 403, description = "`game_not_allowed`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
    ),
)]
pub(super) async fn issue_action(
    service: GameService,
    State(scores): State<Scores>,
    ApiJson(request): ApiJson<IssueAction>,
) -> ApiResult<(StatusCode, ApiJson<IssuedAction>)> {
    let issued = issue_action::issue_action(&scores, &service, request)?;
    Ok((StatusCode::CREATED, ApiJson(issued)))
}
