//! What is held about a user. Deleting the user's row takes it all along.

use kernel::UserId;
use serde_json::Value;
use sqlx::PgConnection;

/// Runs as the user. Secrets are left out.
pub async fn export(connection: &mut PgConnection, user: UserId) -> Result<Value, db::Error> {
    let document = sqlx::query_scalar!(
        "select jsonb_build_object(
             'preferences', (
                 select jsonb_build_object(
                     'grid', grid, 'digestEnabled', digest_enabled, 'digestHour', digest_hour, 'timeZone', time_zone,
                     'quietFrom', quiet_from, 'quietUntil', quiet_until, 'webhookUrl', webhook_url,
                     'discordUser', discord_user, 'discordClosedAt', discord_closed_at, 'updatedAt', updated_at)
                 from notification_preferences where user_id = $1),
             'notifications', (
                 select coalesce(jsonb_agg(jsonb_build_object(
                     'id', id, 'event', event, 'title', title, 'body', body, 'link', link, 'createdAt', created_at,
                     'readAt', read_at) order by id), '[]')
                 from notifications where user_id = $1),
             'deliveries', (
                 select coalesce(jsonb_agg(jsonb_build_object(
                     'channel', channel, 'status', status, 'attempts', attempts, 'reason', reason,
                     'createdAt', created_at, 'finishedAt', finished_at) order by id), '[]')
                 from deliveries where user_id = $1),
             'digests', (
                 select coalesce(jsonb_agg(jsonb_build_object('day', day, 'dueAt', due_at, 'closedAt', closed_at)
                     order by day), '[]')
                 from digests where user_id = $1),
             'feedback', (
                 select coalesce(jsonb_agg(jsonb_build_object(
                     'message', message, 'rating', rating, 'page', page, 'createdAt', created_at) order by id), '[]')
                 from feedback where user_id = $1)
         ) as \"document!\"",
        user.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(document)
}
