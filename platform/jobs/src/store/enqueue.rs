use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{JobId, UserId};
use sqlx::PgConnection;

use crate::enqueue::{Due, Enqueued, New};
use crate::moment::later;

pub(crate) async fn enqueue(
    connection: &mut PgConnection,
    id: JobId,
    new: New,
    now: Timestamp,
) -> Result<Enqueued, db::Error> {
    let due = match new.due {
        Due::Now => now,
        Due::After(wait) => later(now, wait),
        Due::At(due) => due,
    };
    let Some(payload) = new.payload else {
        let reason = format!("the payload of a job {} is no JSON", new.kind);
        return Err(sqlx::Error::Encode(reason.into()).into());
    };
    let row = sqlx::query!(
        r#"select job_id as "job_id!", is_new as "is_new!"
           from enqueue_job($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"#,
        id.uuid(),
        new.queue,
        new.kind,
        new.owner.map(UserId::uuid),
        payload,
        new.key,
        new.priority,
        new.most_attempts,
        now.to_sqlx() as jiff_sqlx::Timestamp,
        due.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(connection)
    .await?;
    Ok(Enqueued {
        id: row.job_id.into(),
        is_new: row.is_new,
    })
}
