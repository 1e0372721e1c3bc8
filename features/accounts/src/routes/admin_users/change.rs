use axum::extract::State;
use garde::Validate;
use http_api::{ApiError, ApiJson, ApiPath, ApiResult, ErrorBody};
use kernel::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::AdminUserView;
use crate::actions;
use crate::model::Broken;
use crate::model::alert_type::AlertType;
use crate::model::user::{BanChange, BanReason, Role, UserChange};
use crate::routes::input::Fields;
use crate::routes::view::Private;
use crate::{Accounts, Admin};

/// What to change; what is left out, or null, stays.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserChangeBody {
    role: Option<Role>,
    /// As the user may choose it too.
    alert_type: Option<AlertType>,
    /// True needs a `reason`.
    banned: Option<bool>,
    /// What the banned are told, on one line.
    #[schema(min_length = 1, max_length = 500, example = "Cheated in round 7.")]
    reason: Option<String>,
}

impl UserChangeBody {
    fn read(self) -> Result<UserChange, ApiError> {
        let mut fields = Fields::default();
        let reason = self.reason.as_deref().map(BanReason::parse);
        let ban = match (self.banned, reason) {
            (Some(true), Some(reason)) => {
                let reason = fields.read("reason", reason);
                reason.map(BanChange::Impose)
            }
            (Some(true), None) => fields.read(
                "reason",
                Err(Broken("is what the banned will be told: say why")),
            ),
            (_, Some(_)) => fields.read("reason", Err(Broken("belongs to \"banned\": true"))),
            (Some(false), None) => Some(BanChange::Lift),
            (None, None) => None,
        };
        fields.check()?;
        Ok(UserChange {
            role: self.role,
            alert_type: self.alert_type,
            ban,
        })
    }
}

/// Change a user's role or alert type, or ban
///
/// A banned user is signed out everywhere; sign-in, refresh and every access token are refused with `account_banned` and
/// the reason, their streams end, and their scores aren't counted any more. What they reached stays on the boards. A
/// role that an issuer's token grants comes back with their next token.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/users/{userId}",
    operation_id = "changeUser",
    tag = "admin",
    security(("admin" = [])),
    params(("userId" = UserId, Path, description = "Whom to change")),
    request_body = UserChangeBody,
    responses(
        (status = 200, description = "The user, as changed", body = AdminUserView),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
        (status = 409, description = "`last_admin`: nobody else could administer this server; `user_unclaimed`: nobody \
          can sign in as this player", body = ErrorBody),
    )
)]
pub async fn change_user(
    State(accounts): State<Accounts>,
    admin: Admin,
    ApiPath(user): ApiPath<UserId>,
    ApiJson(body): ApiJson<UserChangeBody>,
) -> ApiResult<Private<AdminUserView>> {
    let change = body.read()?;
    let changing = async move {
        actions::manage_users::change(accounts.shared(), admin.id, user, &change).await
    };
    let user = db::to_its_end(changing).await?;
    Ok(Private(user.into()))
}
