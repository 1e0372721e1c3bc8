use accounts::Accounts;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_api::ApiError;
use kernel::Day;
use live::Capacity;
use scores::Scores;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Section;

pub struct UsersSection(pub Accounts);

impl Section for UsersSection {
    fn name(&self) -> &'static str {
        "users"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.users_overview(day).await?)) }.boxed()
    }
}

pub struct SessionsSection(pub Accounts);

impl Section for SessionsSection {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn read(&self, _day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.sessions_overview().await?)) }.boxed()
    }
}

pub struct PlaysSection(pub Scores);

impl Section for PlaysSection {
    fn name(&self) -> &'static str {
        "scores"
    }

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        async move { Ok(json!(self.0.day_overview(day).await?)) }.boxed()
    }
}

/// Leaderboards that there are now.
#[derive(Serialize, ToSchema)]
pub struct LeaderboardsOverview {
    total: usize,
}

pub struct LeaderboardsSection(pub Scores);

impl Section for LeaderboardsSection {
    fn name(&self) -> &'static str {
        "leaderboards"
    }

    fn read(&self, _day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        let total = self.0.leaderboard_count();
        async move { Ok(json!(LeaderboardsOverview { total })) }.boxed()
    }
}

/// Event streams that are open now on the server that answers.
#[derive(Serialize, ToSchema)]
pub struct StreamsOverview {
    open: usize,
}

pub struct StreamsSection(pub Capacity);

impl Section for StreamsSection {
    fn name(&self) -> &'static str {
        "streams"
    }

    fn read(&self, _day: Day) -> BoxFuture<'_, Result<Value, ApiError>> {
        let open = self.0.active();
        async move { Ok(json!(StreamsOverview { open })) }.boxed()
    }
}
