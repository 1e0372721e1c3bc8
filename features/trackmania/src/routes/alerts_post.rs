use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::AlertView;
use crate::Trackmania;
use crate::actions::alerts;
use crate::actions::wish::Wish;
use crate::model::search::Mode;

/// Exactly one of `mapper`, `mapperId` and `mapUid`.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = CreateAlertBody)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Body {
    /// The mapper's name at Trackmania Exchange.
    #[garde(inner(length(chars, min = 1, max = 64)))]
    #[schema(min_length = 1, max_length = 64)]
    mapper: Option<String>,
    /// The mapper's id there: for a name that several have.
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    mapper_id: Option<i64>,
    /// One map.
    #[garde(inner(length(chars, min = 1, max = 40)))]
    #[schema(min_length = 1, max_length = 40)]
    map_uid: Option<String>,
    /// How what is new is found out; as the caller's `alertType` says unless it is said.
    #[garde(skip)]
    r#type: Option<Mode>,
}

/// Follow a mapper, or a map
///
/// From then on, new records on all their maps are looked for once a day: of each map, those among the best hundred. The
/// first time takes stock only. What follows the same already is answered as it is, and not changed.
#[utoipa::path(
    post,
    path = "/api/v1/alerts",
    operation_id = "createAlert",
    tag = "Trackmania",
    security(("user" = [])),
    request_body = Body,
    responses(
        (status = 200, description = "There was one already", body = AlertView),
        (status = 201, description = "A new one", body = AlertView),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`map_not_found`, `mapper_not_found`", body = ErrorBody),
        (status = 409, description = "`mapper_ambiguous`: `details` tell the ids of those whom it could mean; `alerts_too_many`: more than 100; `trackmania_not_configured`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`trackmania_unavailable`, `trackmania_exchange_unavailable`", body = ErrorBody),
    ),
)]
pub(super) async fn create_alert(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiJson(body): ApiJson<Body>,
) -> ApiResult<(StatusCode, Json<AlertView>)> {
    let wish = Wish::said(body.mapper, body.mapper_id, body.map_uid)?;
    let created = alerts::create(&trackmania, user.id, wish, body.r#type).await?;
    let status = if created.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let view = AlertView::of(created.alert, created.of_user);
    Ok((status, Json(view)))
}
