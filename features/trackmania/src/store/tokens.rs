//! Tokens, sealed, and whose turn it is to fetch another one. Times are PostgreSQL's, on which all servers agree.

use std::time::Duration;

use sqlx::PgExecutor;

pub async fn find(
    executor: impl PgExecutor<'_>,
    audience: &str,
) -> Result<Option<Vec<u8>>, db::Error> {
    let sealed = sqlx::query_scalar!(
        "select sealed from trackmania_tokens where audience = $1",
        audience
    );
    Ok(sealed.fetch_optional(executor).await?.flatten())
}

/// Takes the turn for so long at most. False while it is another one's.
pub async fn begin(
    executor: impl PgExecutor<'_>,
    audience: &str,
    lasts: Duration,
) -> Result<bool, db::Error> {
    let begun = sqlx::query_scalar!(
        "insert into trackmania_tokens as token (audience, busy_until)
         values ($1, clock_timestamp() + make_interval(secs => $2))
         on conflict (audience) do update set busy_until = excluded.busy_until
         where token.busy_until <= clock_timestamp()
         returning true as \"begun!\"",
        audience,
        lasts.as_secs_f64()
    );
    Ok(begun.fetch_optional(executor).await?.is_some())
}

/// Gives the turn back; the next one may begin after the pause.
pub async fn end(
    executor: impl PgExecutor<'_>,
    audience: &str,
    pause: Duration,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update trackmania_tokens set busy_until = clock_timestamp() + make_interval(secs => $2) where audience = $1",
        audience,
        pause.as_secs_f64()
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Keeps another token, and gives the turn back.
pub async fn keep(
    executor: impl PgExecutor<'_>,
    audience: &str,
    sealed: Option<&[u8]>,
) -> Result<(), db::Error> {
    sqlx::query!(
        "update trackmania_tokens set sealed = $2, busy_until = '-infinity' where audience = $1",
        audience,
        sealed
    )
    .execute(executor)
    .await?;
    Ok(())
}
