//! The truth about players' stats, for who copies all of them into another store.

use ::social::{PlayedGame, StatsSource, StoreError};
use db::Database;
use futures_util::future::BoxFuture;
use kernel::{Tag, UserId};

use super::stats::played;

/// All of it.
pub struct StatsInPostgres(pub Database);

impl StatsSource for StatsInPostgres {
    fn after(
        &self,
        after: Option<(UserId, Tag)>,
        at_most: usize,
    ) -> BoxFuture<'_, Result<Vec<(UserId, PlayedGame)>, StoreError>> {
        Box::pin(async move {
            let after = after.as_ref().map(|(user, game)| (*user, game));
            let stats = scores::stats::after(self.0.pool(), after, at_most).await?;
            Ok(stats.into_iter().map(played).collect())
        })
    }

    fn known<'a>(
        &'a self,
        keys: &'a [(UserId, Tag)],
    ) -> BoxFuture<'a, Result<Vec<(UserId, Tag)>, StoreError>> {
        Box::pin(async move {
            let known = scores::stats::of(self.0.pool(), keys).await?;
            Ok(known
                .into_iter()
                .map(|stats| (stats.user, stats.game))
                .collect())
        })
    }

    fn count(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(scores::stats::count(self.0.pool()).await?) })
    }
}
