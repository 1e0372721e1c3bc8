use axum::extract::State;
use http_api::{ApiError, ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, Moment, PageLimit, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::model::Broken;
use crate::routes::input::Fields;
use crate::routes::view::Private;
use crate::store::audit::Listed;
use crate::{Accounts, Admin, actions};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only what this user did.
    #[param(value_type = Option<UserId>)]
    actor: Option<String>,
    /// Only acts of this kind.
    #[param(example = "user.banned")]
    action: Option<String>,
    /// How many acts to answer with.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

impl AuditQuery {
    fn read(&self) -> Result<(Option<UserId>, Option<&str>), ApiError> {
        let mut fields = Fields::default();
        let actor = self.actor.as_deref().map(|text| {
            let parsed = text.parse::<UserId>();
            parsed.map_err(|_| Broken("must be the id of a user, usr_…"))
        });
        let actor = fields.read_optional("actor", actor);
        let action = self.action.as_deref().map(action_name);
        let action = fields.read_optional("action", action);
        fields.check()?;
        Ok((actor, action))
    }
}

fn action_name(text: &str) -> Result<&str, Broken> {
    let is_name = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.');
    if is_name {
        Ok(text)
    } else {
        Err(Broken("must be the name of an act, such as user.banned"))
    }
}

/// Something that an administrator did, or the server by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    at: Moment,
    /// None where the server did it by itself, or the account was deleted since.
    actor_id: Option<UserId>,
    /// As the actor is called now.
    actor_name: Option<String>,
    #[schema(example = "user.banned")]
    action: String,
    /// What it was done to.
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    subject: String,
    /// More about it, by the kind of act.
    #[schema(value_type = Object)]
    data: Value,
}

impl From<Listed> for AuditEntry {
    fn from(act: Listed) -> Self {
        Self {
            at: act.at.into(),
            actor_id: act.actor,
            actor_name: act.actor_name,
            action: act.action,
            subject: act.subject,
            data: act.data,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditList {
    entries: Vec<AuditEntry>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

/// Read the audit log
///
/// What administrators did, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/audit",
    operation_id = "listAudit",
    tag = "admin",
    security(("admin" = [])),
    params(AuditQuery),
    responses(
        (status = 200, description = "The acts", body = AuditList),
        (status = 400, description = "`invalid_cursor` or `invalid_query`", body = ErrorBody),
        (status = 422, description = "`validation_failed`: what can be neither an actor nor an act", body = ErrorBody),
    )
)]
pub async fn list_audit(
    State(accounts): State<Accounts>,
    _: Admin,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> ApiResult<Private<AuditList>> {
    let (actor, action) = query.read()?;
    let page = actions::read_audit::read(
        accounts.shared(),
        actor,
        action,
        query.limit,
        query.cursor.as_deref(),
    )
    .await?;
    let page = page.map(AuditEntry::from);
    Ok(Private(AuditList {
        entries: page.items,
        next_cursor: page.next,
    }))
}
