//! Periods that are over: read from PostgreSQL when somebody asks, and kept for a while. They change no more, but
//! for players who delete their accounts.

use std::sync::Arc;
use std::time::Duration;

use db::{Database, Error};
use moka::future::Cache;
use rank::RankIndex;
use tokio::sync::Semaphore;

use crate::model::Leaderboard;
use crate::store;

/// Players in all periods that are kept, at about 73 bytes each.
const MAX_PLAYERS: u64 = 4_000_000;
/// No longer, because a read that began before a player was deleted may end after that was told.
const KEPT: Duration = Duration::from_secs(60);

/// By board and period.
type Key = (i32, i32);

#[derive(Clone, Debug)]
pub struct FinishedPeriods {
    periods: Cache<Key, Arc<RankIndex>>,
    /// One is read at a time, however many are asked for.
    reading: Arc<Semaphore>,
}

impl Default for FinishedPeriods {
    fn default() -> Self {
        let weigh =
            |_: &Key, index: &Arc<RankIndex>| u32::try_from(index.len() + 1).unwrap_or(u32::MAX);
        Self {
            periods: Cache::builder()
                .weigher(weigh)
                .max_capacity(MAX_PLAYERS)
                .time_to_live(KEPT)
                .build(),
            reading: Arc::new(Semaphore::new(1)),
        }
    }
}

impl FinishedPeriods {
    pub async fn get(
        &self,
        database: &Database,
        leaderboard: &Leaderboard,
        period: i32,
    ) -> Result<Arc<RankIndex>, Arc<Error>> {
        let (number, order) = (leaderboard.number, leaderboard.order.into());
        self.periods
            .try_get_with((number, period), async {
                let _permit = self.reading.acquire().await;
                let standings = store::standings::finished_period(database, number, period).await?;
                let build = move || Arc::new(RankIndex::from_standings(order, standings));
                let built = tokio::task::spawn_blocking(build).await;
                Ok(built.map_err(|_| sqlx::Error::WorkerCrashed)?)
            })
            .await
    }

    /// A player is gone from all of them, or a board sorts otherwise.
    pub fn forget(&self) {
        self.periods.invalidate_all();
    }
}
