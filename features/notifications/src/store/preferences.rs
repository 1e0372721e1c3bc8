use jiff::Timestamp;
use jiff::civil::Time;
use jiff_sqlx::ToSqlx;
use kernel::{Secret, UserId};
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use crate::model::grid::Grid;
use crate::model::preferences::{DiscordChannel, Preferences, Webhook};
use crate::model::schedule::QuietHours;

/// Runs as the user, or as the server's own work.
pub async fn get(executor: impl PgExecutor<'_>, user: UserId) -> Result<Preferences, db::Error> {
    let row = sqlx::query!(
        "select grid as \"grid: Json<Grid>\", digest_enabled, digest_hour, time_zone,
                quiet_from as \"quiet_from: jiff_sqlx::Time\", quiet_until as \"quiet_until: jiff_sqlx::Time\",
                webhook_url, webhook_secret, webhook_disabled, discord_user, discord_channel,
                discord_closed_at as \"discord_closed_at: jiff_sqlx::Timestamp\"
         from notification_preferences where user_id = $1",
        user.uuid()
    )
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else {
        return Ok(Preferences::default());
    };
    let disabled = row.webhook_disabled;
    Ok(Preferences {
        grid: row.grid.0,
        digest_enabled: row.digest_enabled,
        digest_hour: row.digest_hour.and_then(|hour| i8::try_from(hour).ok()),
        time_zone: row.time_zone,
        quiet: row
            .quiet_from
            .zip(row.quiet_until)
            .map(|(from, until)| QuietHours {
                from: from.to_jiff(),
                until: until.to_jiff(),
            }),
        webhook: row
            .webhook_url
            .zip(row.webhook_secret)
            .map(|(url, secret)| Webhook {
                url,
                secret: Secret::new(secret),
                disabled,
            }),
        discord: DiscordChannel {
            opened: row.discord_user.zip(row.discord_channel),
            closed_at: row.discord_closed_at.map(|at| at.to_jiff()),
        },
    })
}

/// The same, held until the transaction ends, so that two changes at once are made one after the other.
pub async fn lock(
    connection: &mut PgConnection,
    user: UserId,
    now: Timestamp,
) -> Result<Preferences, db::Error> {
    sqlx::query!(
        "insert into notification_preferences (user_id, updated_at) values ($1, $2)
         on conflict (user_id) do update set updated_at = excluded.updated_at",
        user.uuid(),
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(&mut *connection)
    .await?;
    get(connection, user).await
}

/// Writes all of it over a row that is locked.
pub async fn put(
    executor: impl PgExecutor<'_>,
    user: UserId,
    wanted: &Preferences,
) -> Result<(), db::Error> {
    let quiet = |time: Option<Time>| time.map(ToSqlx::to_sqlx);
    let webhook = wanted.webhook.as_ref();
    let opened = wanted.discord.opened.as_ref();
    sqlx::query!(
        "update notification_preferences set
             grid = $2, digest_enabled = $3, digest_hour = $4, time_zone = $5, quiet_from = $6, quiet_until = $7,
             webhook_url = $8, webhook_secret = $9, webhook_disabled = $10,
             discord_user = $11, discord_channel = $12, discord_closed_at = $13
         where user_id = $1",
        user.uuid(),
        Json(&wanted.grid) as _,
        wanted.digest_enabled,
        wanted.digest_hour.map(i16::from),
        wanted.time_zone,
        quiet(wanted.quiet.map(|quiet| quiet.from)) as Option<jiff_sqlx::Time>,
        quiet(wanted.quiet.map(|quiet| quiet.until)) as Option<jiff_sqlx::Time>,
        webhook.map(|webhook| webhook.url.as_str()),
        webhook.map(|webhook| webhook.secret.expose()),
        webhook.and_then(|webhook| webhook.disabled.as_deref()),
        opened.map(|(user, _)| user.as_str()),
        opened.map(|(_, channel)| channel.as_str()),
        wanted.discord.closed_at.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
    )
    .execute(executor)
    .await?;
    Ok(())
}
