//! Edges, presence and a copy of players' stats in DynamoDB, with the feature `aws`.
//!
//! Users and blocks are in PostgreSQL all the same. See docs/adr/0011-dynamodb.md for why keys are as they are.

mod calls;
mod copy;
mod follows;
mod forget;
mod item;
mod lists;
mod page;
mod presence;
mod stats;
mod tables;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use db::Database;
use jiff::Timestamp;
use kernel::UserId;
use sqlx::PgConnection;

pub use self::copy::{Copied, CopyProgress, StatsSource};
pub use self::tables::{Made, TablesError};
use super::{Added, Answer, Follow, Page, SocialStore};
use crate::model::games::{GamesPosition, PlayedGame};
use crate::model::presence::Presence;

/// What the tables are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
    pub follows: String,
    pub presence: String,
    pub user_game_stats: String,
}

/// The tables, and how they are reached. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DynamoTables {
    client: Client,
    names: TableNames,
}

impl DynamoTables {
    /// Calls DynamoDB as this configuration says, with a patience of our own.
    pub fn new(config: &SdkConfig, names: TableNames) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(calls::TRIES)
            .with_initial_backoff(calls::FIRST_WAIT)
            .with_max_backoff(Duration::from_secs(1));
        let patience = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(10))
            .build();
        let config = aws_sdk_dynamodb::config::Builder::from(config)
            .retry_config(retries)
            .timeout_config(patience);
        Self {
            client: Client::from_conf(config.build()),
            names,
        }
    }
}

/// The store that grows with the traffic. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    tables: TableNames,
    /// For users and blocks.
    database: Database,
}

impl DynamoStore {
    /// The tables have to be there.
    pub fn new(tables: DynamoTables, database: Database) -> Self {
        Self {
            client: tables.client,
            tables: tables.names,
            database,
        }
    }
}

impl SocialStore for DynamoStore {
    fn follow<'a>(&'a self, _tx: &'a mut PgConnection, follow: Follow) -> Answer<'a, Added> {
        Box::pin(self.insert(follow))
    }

    fn unfollow<'a>(
        &'a self,
        _tx: &'a mut PgConnection,
        user: UserId,
        target: UserId,
    ) -> Answer<'a, bool> {
        // When it began doesn't matter to what goes.
        let at = Timestamp::UNIX_EPOCH;
        let edge = Follow { user, target, at };
        Box::pin(async move { Ok(self.remove(&[edge]).await? > 0) })
    }

    fn following(
        &self,
        user: UserId,
        after: Option<UserId>,
        at_most: usize,
    ) -> Answer<'_, Vec<Follow>> {
        Box::pin(self.followed_by(user, after, at_most))
    }

    fn followers(
        &self,
        target: UserId,
        reader: Option<UserId>,
        after: Option<UserId>,
        at_most: usize,
    ) -> Answer<'_, Vec<Follow>> {
        Box::pin(self.followers_of(target, reader, after, at_most))
    }

    fn edges_between<'a>(
        &'a self,
        users: &'a [UserId],
        targets: &'a [UserId],
    ) -> Answer<'a, Vec<(UserId, UserId)>> {
        Box::pin(self.between(users, targets))
    }

    fn with_followers<'a>(&'a self, users: &'a [UserId]) -> Answer<'a, Vec<UserId>> {
        Box::pin(self.followed_at_all(users))
    }

    fn page(&self, user: UserId, viewer: Option<UserId>) -> Answer<'_, Page> {
        Box::pin(self.read_page(user, viewer))
    }

    fn put_presence<'a>(
        &'a self,
        heartbeats: &'a [(UserId, Presence)],
    ) -> Answer<'a, Vec<Option<Presence>>> {
        Box::pin(self.write_presence(heartbeats))
    }

    fn presence<'a>(
        &'a self,
        users: &'a [UserId],
        now: Timestamp,
    ) -> Answer<'a, Vec<(UserId, Presence)>> {
        Box::pin(self.read_presences(users, now))
    }

    fn take_expired<'a>(
        &'a self,
        users: &'a [UserId],
        now: Timestamp,
    ) -> Answer<'a, Vec<(UserId, Presence)>> {
        Box::pin(self.take_expired_presence(users, now))
    }

    fn keeps_stats(&self) -> bool {
        true
    }

    fn mirror<'a>(&'a self, stats: &'a [(UserId, PlayedGame)]) -> Answer<'a, ()> {
        Box::pin(self.write_stats(stats))
    }

    fn recent_games<'a>(
        &'a self,
        user: UserId,
        after: Option<&'a GamesPosition>,
        at_most: usize,
    ) -> Answer<'a, Option<Vec<PlayedGame>>> {
        Box::pin(async move { Ok(Some(self.read_recent_games(user, after, at_most).await?)) })
    }

    fn forget(&self, user: UserId) -> Answer<'_, bool> {
        Box::pin(self.forget_some(user))
    }
}
