//! How many users there are, for administrators. Costs the same however many there are.

use kernel::{Day, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Accounts, Error, store};

/// Users on a day.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsersOverview {
    /// How many there are now, those of imports too.
    pub total: i64,
    /// Whether all were counted. Above 100,000 the total is what PostgreSQL estimates.
    pub total_is_exact: bool,
    /// How many came on that day and are still there, those of imports too.
    pub new: i64,
    /// How many signed in or got new tokens on that day.
    pub active: i64,
}

/// Devices that are signed in.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsOverview {
    /// How many there are now, whatever the day.
    pub open: i64,
    /// Whether all were counted. Above 100,000 it is what PostgreSQL estimates.
    pub open_is_exact: bool,
}

impl Accounts {
    /// # Errors
    /// When the database is away.
    pub async fn users_overview(&self, day: Day) -> Result<UsersOverview, Error> {
        let pool = self.shared().db.pool();
        let total = store::overview::users(pool).await?;
        // Ids are in the order of time, so that no other index is needed.
        let (from, to) = (UserId::first_at(day.start()), UserId::first_at(day.end()));
        Ok(UsersOverview {
            total: total.count,
            total_is_exact: total.is_exact,
            new: store::overview::users_between(pool, from, to).await?,
            active: store::overview::active_users(pool, day).await?,
        })
    }

    /// # Errors
    /// When the database is away.
    pub async fn sessions_overview(&self) -> Result<SessionsOverview, Error> {
        let (pool, now) = (self.shared().db.pool(), self.shared().clock.now());
        let open = store::overview::sessions(pool, now).await?;
        Ok(SessionsOverview {
            open: open.count,
            open_is_exact: open.is_exact,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::Clock;

    use super::*;

    #[test]
    fn ids_of_a_day_begin_at_its_first_moment() {
        let day: Day = "2026-11-21".parse().unwrap();
        let clock = Clock::manual(day.start());
        let first = UserId::new(clock.new_uuid()).uuid();
        clock.advance(Duration::from_millis(24 * 60 * 60 * 1000 - 1));
        let last = UserId::new(clock.new_uuid()).uuid();
        clock.advance(Duration::from_millis(1));
        let next = UserId::new(clock.new_uuid()).uuid();
        let (from, to) = (
            UserId::first_at(day.start()).uuid(),
            UserId::first_at(day.end()).uuid(),
        );
        assert!(from <= first && last < to && to <= next);
    }
}
