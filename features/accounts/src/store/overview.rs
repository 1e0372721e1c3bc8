use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Day, UserId};
use sqlx::PgExecutor;

/// Rows that are counted one by one; of more, PostgreSQL's own estimate is told. Must stand in the statements.
const COUNTED: i64 = 100_000;

/// How many rows there are.
pub struct Count {
    pub count: i64,
    pub is_exact: bool,
}

impl Count {
    fn new(counted: i64, estimated: Option<i64>) -> Self {
        let is_exact = counted <= COUNTED;
        let count = if is_exact {
            counted
        } else {
            counted.max(estimated.unwrap_or(0))
        };
        Self { count, is_exact }
    }
}

pub async fn users(executor: impl PgExecutor<'_>) -> Result<Count, db::Error> {
    let row = sqlx::query!(
        "select (select count(*) from (select from users limit 100001) as counted) as \"counted!\",
                (select reltuples::bigint from pg_class where oid = 'users'::regclass) as estimated"
    )
    .fetch_one(executor)
    .await?;
    Ok(Count::new(row.counted, row.estimated))
}

/// Those whose ids are from one on and before another.
pub async fn users_between(
    executor: impl PgExecutor<'_>,
    from: UserId,
    to: UserId,
) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from users where id >= $1 and id < $2",
        from.uuid(),
        to.uuid()
    )
    .fetch_one(executor)
    .await?;
    Ok(count)
}

pub async fn active_users(executor: impl PgExecutor<'_>, day: Day) -> Result<i64, db::Error> {
    let count = sqlx::query_scalar!(
        "select count from active_users where day = $1",
        day.date().to_sqlx() as jiff_sqlx::Date
    )
    .fetch_optional(executor)
    .await?;
    Ok(count.unwrap_or(0))
}

pub async fn sessions(executor: impl PgExecutor<'_>, now: Timestamp) -> Result<Count, db::Error> {
    let row = sqlx::query!(
        "select (
             select count(*) from (
                 select from sessions where expires_at > $1 and reused_at is null and revoked_at is null limit 100001
             ) as counted
         ) as \"counted!\", (select reltuples::bigint from pg_class where oid = 'sessions'::regclass) as estimated",
        now.to_sqlx() as jiff_sqlx::Timestamp,
    )
    .fetch_one(executor)
    .await?;
    Ok(Count::new(row.counted, row.estimated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_its_end_is_estimated() {
        let told = |counted, estimated| {
            let count = Count::new(counted, estimated);
            (count.count, count.is_exact)
        };
        assert_eq!(told(5, Some(-1)), (5, true));
        assert_eq!(told(100_000, Some(7)), (100_000, true));
        assert_eq!(told(100_001, Some(2_500_000)), (2_500_000, false));
        // Before PostgreSQL has looked.
        assert_eq!(told(100_001, Some(-1)), (100_001, false));
    }
}
