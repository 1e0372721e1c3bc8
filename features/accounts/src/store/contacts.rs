use kernel::UserId;
use sqlx::PgExecutor;

use crate::contacts::{Contact, DiscordAccount};

pub async fn by_id(
    executor: impl PgExecutor<'_>,
    user: UserId,
) -> Result<Option<Contact>, db::Error> {
    let row = sqlx::query!(
        "select screen_name, email, email_key, email_confirmed_at is not null as \"email_confirmed!\", time_zone,
                discord.external_id as \"discord_id?\", discord.verified as \"discord_verified?\"
         from users left join identities discord on discord.user_id = users.id and discord.provider = 'discord'
         where users.id = $1",
        user.uuid()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Contact {
        user,
        screen_name: row.screen_name,
        email: row.email,
        email_key: row.email_key,
        email_confirmed: row.email_confirmed,
        time_zone: row.time_zone,
        discord: row.discord_id.map(|id| DiscordAccount {
            id,
            verified: row.discord_verified.unwrap_or(false),
        }),
    }))
}
