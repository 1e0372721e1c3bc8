use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{FieldError, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::actions::presence;
use crate::model::presence::PresenceView;
use crate::{Error, Social};

/// Users in one question.
const MOST: usize = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Query {
    /// Ids of at most 100 users, with commas between them.
    #[param(example = "usr_01h455vb4pex5vsknk084sn02q,usr_01h455vb4pex5vsknk084sn02r")]
    user_ids: String,
}

/// A user's presence.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserPresence {
    user_id: UserId,
    #[serde(flatten)]
    presence: PresenceView,
}

/// As they were asked for, each once.
#[derive(Serialize, ToSchema)]
pub(super) struct PresenceList {
    users: Vec<UserPresence>,
}

/// Ask who is online
///
/// Who has expired, is invisible, has blocked the caller, or isn't there at all, is `offline`.
#[utoipa::path(
    get,
    path = "/api/v1/presence",
    operation_id = "getPresence",
    tag = "Presence",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "Their presence", body = PresenceList),
        (status = 400, description = "`invalid_query`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 422, description = "`validation_failed`: more than 100, or no user ids", body = ErrorBody),
    ),
)]
pub(super) async fn get_presence(
    State(social): State<Social>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<PresenceList>> {
    let users = read_ids(&query.user_ids)?;
    let found = presence::read(&social, user.id, &users).await?;
    let users = found
        .into_iter()
        .map(|(user_id, presence)| UserPresence { user_id, presence });
    Ok(axum::Json(PresenceList {
        users: users.collect(),
    }))
}

fn read_ids(text: &str) -> Result<Vec<UserId>, Error> {
    let fault = |message: String| Error::Invalid(vec![FieldError::new("userIds", message)]);
    let mut users = Vec::new();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        if users.len() == MOST {
            return Err(fault(format!("must have at most {MOST} ids")));
        }
        let user = word
            .parse()
            .map_err(|_| fault("must be ids like usr_…, with commas between them".to_owned()))?;
        users.push(user);
    }
    match users.is_empty() {
        true => Err(fault("must have at least one id".to_owned())),
        false => Ok(users),
    }
}
