use jiff_sqlx::ToSqlx;
use kernel::Day;
use sqlx::PgExecutor;

use crate::mail_days::{MailOutcome, MailsOverview};

pub async fn add(
    executor: impl PgExecutor<'_>,
    day: Day,
    outcome: MailOutcome,
) -> Result<(), db::Error> {
    sqlx::query!(
        "insert into mail_days (day, outcome, count) values ($1, $2, 1)
         on conflict (day, outcome) do update set count = mail_days.count + 1",
        day.date().to_sqlx() as jiff_sqlx::Date,
        outcome.as_str(),
    )
    .execute(executor)
    .await?;
    Ok(())
}

pub async fn of_day(executor: impl PgExecutor<'_>, day: Day) -> Result<MailsOverview, db::Error> {
    let rows = sqlx::query!(
        "select outcome, count from mail_days where day = $1",
        day.date().to_sqlx() as jiff_sqlx::Date
    )
    .fetch_all(executor)
    .await?;
    let of = |outcome: MailOutcome| {
        let mut rows = rows.iter();
        let found = rows.find(|row| row.outcome == outcome.as_str());
        found.map_or(0, |row| row.count)
    };
    Ok(MailsOverview {
        sent: of(MailOutcome::Sent),
        failed: of(MailOutcome::Failed),
        unknown: of(MailOutcome::Unknown),
    })
}
