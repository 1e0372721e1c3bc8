use accounts::CurrentUser;
use axum::Json;
use axum::extract::State;
use garde::Validate;
use http::StatusCode;
use http_api::{ApiJson, ApiResult, ErrorBody};
use jiff::{SignedDuration, Timestamp};
use kernel::{FieldError, JobId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::search::request;
use crate::actions::wish::Wish;
use crate::model::search::Mode;
use crate::{Error, Trackmania};

/// What is new where nobody says since when.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Exactly one of `mapper`, `mapperId` and `mapUid`.
#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = RecordSearchBody)]
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
    /// What is new is what was driven since then; since a day ago unless it is said.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// `accurate` reads each leaderboard. `fast` asks for fifty maps at once how many have a record, and reads the leaderboards
    /// where that is more than before.
    #[serde(default)]
    #[garde(skip)]
    mode: Mode,
}

/// A search that is on its way.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordSearch {
    /// For `GET /jobs/{jobId}`: progress, and in the end as its result `{mode, since, maps, records, total, complete, missing,
    /// takenStock, cut}`.
    job_id: JobId,
}

/// Look for new records
///
/// On all maps of a mapper, or on one. The result lists, the newest first, `{mapUid, mapName, position, accountId, name, time,
/// drivenAt}`. Where a service fails half-way, it holds what was found, and `missing` what could not be looked at. Asked again
/// while it runs, it is the same search.
#[utoipa::path(
    post,
    path = "/api/v1/maps/search",
    operation_id = "searchRecords",
    tag = "Trackmania",
    security(("user" = [])),
    request_body = Body,
    responses(
        (status = 202, description = "It is on its way", body = RecordSearch),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`map_not_found`, `mapper_not_found`", body = ErrorBody),
        (status = 409, description = "`mapper_ambiguous`: `details` tell the ids of those whom it could mean; `trackmania_not_configured`", body = ErrorBody),
        (status = 422, description = "`validation_failed`", body = ErrorBody),
        (status = 503, description = "`trackmania_unavailable`, `trackmania_exchange_unavailable`", body = ErrorBody),
    ),
)]
pub(super) async fn search_records(
    State(trackmania): State<Trackmania>,
    user: CurrentUser,
    ApiJson(body): ApiJson<Body>,
) -> ApiResult<(StatusCode, Json<RecordSearch>)> {
    let wish = Wish::said(body.mapper, body.mapper_id, body.map_uid)?;
    let now = trackmania.clock.now();
    let since = body.since.unwrap_or(now - A_DAY);
    if since > now {
        let message = "must not be in the future";
        return Err(Error::Invalid(vec![FieldError::new("since", message)]).into());
    }
    let job_id = request(&trackmania, user.id, wish, since, body.mode).await?;
    Ok((StatusCode::ACCEPTED, Json(RecordSearch { job_id })))
}
