use accounts::CurrentUser;
use axum::extract::State;
use garde::Validate;
use http_api::{ApiJson, ApiResult, ErrorBody};
use kernel::{Moment, Tag};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::presence;
use crate::model::presence::Presence;
use crate::{Error, Social};

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PresenceBody {
    /// `home`, `game_lobby`, `matchmaking`, `playing`, `high_scores`, `reviewing`, `away`, or `invisible`: there, but
    /// offline to everybody else.
    #[schema(example = "playing")]
    status: String,
    /// What is played.
    game_id: Option<Tag>,
    /// One line of plain text for those who follow, of at most 80 characters. Clients must show it as text, not as markup.
    #[schema(max_length = 80, example = "Level 3")]
    context: Option<String>,
}

/// Until when the caller is there.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeartbeatView {
    status: &'static str,
    /// Send the next one in good time before: each 30 s.
    expires_at: Moment,
}

/// Say what the caller is doing
///
/// A heartbeat, to be sent each 30 s: without another one the caller is offline after 120 s. Those who follow the caller and
/// are connected to `GET /events` are told of each change, not of each heartbeat.
#[utoipa::path(
    put,
    path = "/api/v1/presence",
    operation_id = "putPresence",
    tag = "Presence",
    security(("user" = [])),
    request_body = PresenceBody,
    responses(
        (status = 200, description = "Written", body = HeartbeatView),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`busy`: too many heartbeats at once", body = ErrorBody),
    ),
)]
pub(super) async fn put_presence(
    State(social): State<Social>,
    user: CurrentUser,
    ApiJson(body): ApiJson<PresenceBody>,
) -> ApiResult<axum::Json<HeartbeatView>> {
    let now = social.clock.now();
    let said = Presence::read(&body.status, body.game_id, body.context, now);
    let said = said.map_err(Error::Invalid)?;
    let view = HeartbeatView {
        status: said.status.as_str(),
        expires_at: said.expires_at.into(),
    };
    presence::put(&social, user.id, said).await?;
    Ok(axum::Json(view))
}
