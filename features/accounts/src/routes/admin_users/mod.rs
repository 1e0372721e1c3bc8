pub mod change;
pub mod list;

use kernel::{Moment, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::alert_type::AlertType;
use crate::model::user::Role;
use crate::store::directory::ListedUser;

/// A user, as administrators see them.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminUser)]
#[serde(rename_all = "camelCase")]
pub struct AdminUserView {
    id: UserId,
    /// None for imported players, and for accounts of another issuer that gave none.
    email: Option<String>,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    #[schema(minimum = 0, maximum = 999)]
    avatar: i16,
    role: Role,
    alert_type: AlertType,
    created_at: Moment,
    /// When they signed in or got new tokens last, so it may be as old as an access token lives. None for who never
    /// has since this is noted.
    last_seen_at: Option<Moment>,
    /// None for who isn't banned.
    banned: Option<BanView>,
    /// Nobody can sign in as this player, whom an import or the demo has made.
    unclaimed: bool,
}

/// A ban.
#[derive(Serialize, ToSchema)]
#[schema(as = Ban)]
#[serde(rename_all = "camelCase")]
pub struct BanView {
    at: Moment,
    /// What the banned are told.
    #[schema(example = "Cheated in round 7.")]
    reason: String,
}

impl From<ListedUser> for AdminUserView {
    fn from(user: ListedUser) -> Self {
        Self {
            id: user.id,
            email: user.email,
            screen_name: user.screen_name,
            avatar: user.avatar,
            role: user.role,
            alert_type: user.alert_type,
            created_at: user.created_at.into(),
            last_seen_at: user.last_seen_at.map(Moment),
            banned: user.ban.map(|(at, reason)| BanView {
                at: at.into(),
                reason,
            }),
            unclaimed: user.unclaimed,
        }
    }
}
