use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{FeedbackId, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

/// What somebody told us.
pub struct Feedback {
    pub id: FeedbackId,
    /// None for those who were not signed in.
    pub user: Option<UserId>,
    pub message: String,
    pub rating: Option<i16>,
    pub page: Option<String>,
    pub created_at: Timestamp,
}

pub async fn insert(executor: impl PgExecutor<'_>, feedback: &Feedback) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into feedback (id, user_id, message, rating, page, created_at) values ($1, $2, $3, $4, $5, $6)",
        feedback.id.uuid(),
        feedback.user.map(UserId::uuid),
        feedback.message,
        feedback.rating,
        feedback.page,
        feedback.created_at.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Newest first.
pub async fn list(
    executor: impl PgExecutor<'_>,
    before: Option<Uuid>,
    at_most: i64,
) -> Result<Vec<Feedback>, db::Error> {
    let rows = sqlx::query!(
        "select id, user_id, message, rating, page, created_at as \"created_at: jiff_sqlx::Timestamp\"
         from feedback where $1::uuid is null or id < $1 order by id desc limit $2",
        before,
        at_most
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Feedback {
            id: row.id.into(),
            user: row.user_id.map(UserId::from),
            message: row.message,
            rating: row.rating,
            page: row.page,
            created_at: row.created_at.to_jiff(),
        })
        .collect())
}
