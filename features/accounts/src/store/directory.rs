//! Users as administrators see them.

use jiff::Timestamp;
use kernel::UserId;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::model::alert_type::AlertType;
use crate::model::email::Email;
use crate::model::user::Role;

pub struct ListedUser {
    pub id: UserId,
    pub email: Option<String>,
    pub screen_name: String,
    pub avatar: i16,
    pub role: Role,
    pub alert_type: AlertType,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    /// Since when, and why.
    pub ban: Option<(Timestamp, String)>,
    /// Nobody can sign in as this player, whom an import or a demo has made.
    pub unclaimed: bool,
    /// What screen names are searched and sorted by.
    pub name_key: String,
}

impl ListedUser {
    /// Whether they could administer this server now.
    pub fn is_acting_admin(&self) -> bool {
        self.role == Role::Admin && self.ban.is_none()
    }
}

struct Row {
    id: Uuid,
    email: Option<String>,
    screen_name: String,
    avatar: i16,
    role: String,
    alert_type: String,
    created_at: jiff_sqlx::Timestamp,
    last_seen_at: Option<jiff_sqlx::Timestamp>,
    banned_at: Option<jiff_sqlx::Timestamp>,
    ban_reason: Option<String>,
    unclaimed: bool,
    name_key: String,
}

impl From<Row> for ListedUser {
    fn from(row: Row) -> Self {
        let banned_at = row.banned_at.map(jiff_sqlx::Timestamp::to_jiff);
        Self {
            id: row.id.into(),
            email: row.email,
            screen_name: row.screen_name,
            avatar: row.avatar,
            role: row.role.into(),
            alert_type: row.alert_type.into(),
            created_at: row.created_at.to_jiff(),
            last_seen_at: row.last_seen_at.map(jiff_sqlx::Timestamp::to_jiff),
            ban: banned_at.zip(row.ban_reason),
            unclaimed: row.unclaimed,
            name_key: row.name_key,
        }
    }
}

macro_rules! select {
    ($rest:literal, $($argument:expr),*) => {
        sqlx::query_as!(
            Row,
            "select id, email, screen_name, avatar, role, alert_type, created_at, last_seen_at, banned_at,
                    ban_reason, password_hash is null and not exists (
                        select from external_logins where user_id = users.id
                    ) as \"unclaimed!\", lower(screen_name) as \"name_key!\"
             from users " + $rest,
            $($argument),*
        )
    };
}

fn listed(rows: Vec<Row>) -> Vec<ListedUser> {
    rows.into_iter().map(ListedUser::from).collect()
}

/// The newest first. Ids are in the order of time.
pub async fn newest(
    executor: impl PgExecutor<'_>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ListedUser>, db::Error> {
    let rows = select!(
        "where $1::uuid is null or id < $1 order by id desc limit $2",
        before,
        limit
    );
    Ok(listed(rows.fetch_all(executor).await?))
}

/// By name, whose case doesn't matter, from after a name and an id on.
pub async fn by_prefix(
    executor: impl PgExecutor<'_>,
    prefix: &str,
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<ListedUser>, db::Error> {
    let end = super::players::behind(prefix);
    let (name, id) = after.map_or(("", Uuid::nil()), |(name, id)| (name.as_str(), *id));
    let rows = select!(
        r#"where lower(screen_name) collate "C" >= lower($1) and lower(screen_name) collate "C" < lower($2)
             and (lower(screen_name) collate "C", id) > ($3, $4)
           order by lower(screen_name) collate "C", id limit $5"#,
        prefix,
        end,
        name,
        id,
        limit
    );
    Ok(listed(rows.fetch_all(executor).await?))
}

pub async fn by_id(
    executor: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<ListedUser>, db::Error> {
    let row = select!("where id = $1", id.uuid());
    Ok(row.fetch_optional(executor).await?.map(ListedUser::from))
}

pub async fn by_email(
    executor: impl PgExecutor<'_>,
    email: &Email,
) -> Result<Option<ListedUser>, db::Error> {
    let row = select!("where email_key = $1", email.key());
    Ok(row.fetch_optional(executor).await?.map(ListedUser::from))
}
