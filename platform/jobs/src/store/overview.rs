use jiff_sqlx::ToSqlx;
use kernel::Day;
use sqlx::PgPool;

use crate::overview::StateCount;

/// Each part is counted up to 100,000: then that many rows were read at the most, all of them by an index.
pub(crate) async fn of_day(pool: &PgPool, day: Day) -> Result<Vec<StateCount>, db::Error> {
    let rows = sqlx::query!(
        r#"select state as "state!", count(*) as "count!",
                  sum(count(*)) over (partition by part) <= 100000 as "is_exact!"
           from (
               (select 1 as part, state from jobs where state = 'queued' limit 100001)
               union all
               (select 2, state from jobs where state in ('delayed', 'failed') limit 100001)
               union all
               (select 3, state from jobs where state = 'running' limit 100001)
               union all
               (select 4, state from jobs where finished_at >= $1 and finished_at < $2 limit 100001)
               union all
               (select 5, 'dead' from dead_jobs limit 100001)
               union all
               (select 6, 'died' from dead_jobs where died_at >= $1 and died_at < $2 limit 100001)
           ) as counted
           group by part, state"#,
        day.start().to_sqlx() as jiff_sqlx::Timestamp,
        day.end().to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StateCount {
            state: row.state,
            count: row.count,
            is_exact: row.is_exact,
        })
        .collect())
}
