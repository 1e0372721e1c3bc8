use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

use crate::CurrentUser;
use crate::model::event_ticket::TicketHash;

/// Runs as the user. False when the account is gone.
pub async fn insert(
    executor: impl PgExecutor<'_>,
    hash: &TicketHash,
    user: CurrentUser,
    expires_at: Timestamp,
) -> Result<bool, db::Error> {
    // Locked, so that a deletion in the same moment is waited for rather than stumbled over.
    let inserted = sqlx::query!(
        "insert into event_tickets (ticket_hash, user_id, session_id, token_expires_at, expires_at)
         select $1, id, $3, $4, $5 from users where id = $2 for key share",
        hash,
        user.id.uuid(),
        user.session.map(|session| session.uuid()),
        user.expires_at.to_sqlx() as jiff_sqlx::Timestamp,
        expires_at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Takes a ticket away: of two at the same moment one gets it. Gives whom it is for, and when it expires.
pub async fn take(
    executor: impl PgExecutor<'_>,
    hash: &TicketHash,
) -> Result<Option<(CurrentUser, Timestamp)>, db::Error> {
    let row = sqlx::query!(
        "delete from event_tickets where ticket_hash = $1
         returning user_id, session_id, token_expires_at, expires_at",
        hash
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| {
        let user = CurrentUser {
            id: row.user_id.into(),
            session: row.session_id.map(Into::into),
            expires_at: row.token_expires_at.to_jiff(),
        };
        (user, row.expires_at.to_jiff())
    }))
}

pub async fn purge(executor: impl PgExecutor<'_>, before: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "delete from event_tickets where expires_at <= $1",
        before.to_sqlx() as jiff_sqlx::Timestamp
    )
    .execute(executor)
    .await?;
    Ok(())
}
