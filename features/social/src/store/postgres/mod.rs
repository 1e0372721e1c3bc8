//! Edges and presence in PostgreSQL.

mod follows;
mod presence;
#[cfg(feature = "aws")]
pub mod whole;

use db::Database;
use jiff::Timestamp;
use kernel::UserId;
use sqlx::PgConnection;

use super::{Added, Answer, Follow, Page, SocialStore};
use crate::model::games::{GamesPosition, PlayedGame};
use crate::model::presence::Presence;

/// Edges of a deleted user that are removed together.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// The store that is there without any other service.
#[derive(Clone, Debug)]
pub struct PostgresStore(Database);

impl PostgresStore {
    pub fn new(database: Database) -> Self {
        Self(database)
    }
}

impl SocialStore for PostgresStore {
    fn follow<'a>(&'a self, tx: &'a mut PgConnection, follow: Follow) -> Answer<'a, Added> {
        Box::pin(follows::insert(tx, follow))
    }

    fn unfollow<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        user: UserId,
        target: UserId,
    ) -> Answer<'a, bool> {
        Box::pin(follows::delete(tx, user, target))
    }

    fn following(
        &self,
        user: UserId,
        after: Option<UserId>,
        at_most: usize,
    ) -> Answer<'_, Vec<Follow>> {
        Box::pin(follows::following(self.0.pool(), user, after, at_most))
    }

    fn followers(
        &self,
        target: UserId,
        _reader: Option<UserId>,
        after: Option<UserId>,
        at_most: usize,
    ) -> Answer<'_, Vec<Follow>> {
        Box::pin(follows::followers(self.0.pool(), target, after, at_most))
    }

    fn edges_between<'a>(
        &'a self,
        users: &'a [UserId],
        targets: &'a [UserId],
    ) -> Answer<'a, Vec<(UserId, UserId)>> {
        Box::pin(follows::between(self.0.pool(), users, targets))
    }

    fn with_followers<'a>(&'a self, users: &'a [UserId]) -> Answer<'a, Vec<UserId>> {
        Box::pin(follows::with_followers(self.0.pool(), users))
    }

    fn page(&self, user: UserId, viewer: Option<UserId>) -> Answer<'_, Page> {
        Box::pin(follows::page(self.0.pool(), user, viewer))
    }

    fn put_presence<'a>(
        &'a self,
        heartbeats: &'a [(UserId, Presence)],
    ) -> Answer<'a, Vec<Option<Presence>>> {
        Box::pin(presence::put(self.0.pool(), heartbeats))
    }

    fn presence<'a>(
        &'a self,
        users: &'a [UserId],
        now: Timestamp,
    ) -> Answer<'a, Vec<(UserId, Presence)>> {
        Box::pin(presence::read(self.0.pool(), users, now))
    }

    fn take_expired<'a>(
        &'a self,
        users: &'a [UserId],
        now: Timestamp,
    ) -> Answer<'a, Vec<(UserId, Presence)>> {
        Box::pin(presence::take_expired(self.0.pool(), users, now))
    }

    /// The truth is in the same database, so that there is nothing to copy.
    fn keeps_stats(&self) -> bool {
        false
    }

    fn mirror<'a>(&'a self, _stats: &'a [(UserId, PlayedGame)]) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn recent_games<'a>(
        &'a self,
        _user: UserId,
        _after: Option<&'a GamesPosition>,
        _at_most: usize,
    ) -> Answer<'a, Option<Vec<PlayedGame>>> {
        Box::pin(async { Ok(None) })
    }

    fn forget(&self, user: UserId) -> Answer<'_, bool> {
        Box::pin(async move {
            let mut tx = self.0.begin().await?;
            let removed = follows::forget(&mut tx, user, FORGOTTEN_AT_ONCE).await?;
            let nothing_left = removed < FORGOTTEN_AT_ONCE;
            if nothing_left {
                follows::forget_counts(&mut tx, user).await?;
                presence::forget(&mut tx, user).await?;
            }
            tx.commit().await?;
            Ok(nothing_left)
        })
    }
}
