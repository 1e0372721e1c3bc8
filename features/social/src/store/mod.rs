//! Where edges and presence are kept: the one trait, and what implements it.
//!
//! Blocks and the users themselves are in PostgreSQL, whichever store is used.

pub mod blocks;
#[cfg(feature = "aws")]
pub mod dynamodb;
pub mod postgres;

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use kernel::{ErrorKind, Failure, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::games::{GamesPosition, PlayedGame};
use crate::model::presence::Presence;

/// Somebody follows somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    pub user: UserId,
    /// Who is followed.
    pub target: UserId,
    pub at: Timestamp,
}

/// How many users one may follow.
pub const MOST_FOLLOWED: usize = 10_000;

/// What became of a [`Follow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Now,
    /// It was there, since then; nothing has changed.
    Before(Timestamp),
    /// The user follows [`MOST_FOLLOWED`] already. Many at once may come to a few more.
    TooMany,
}

/// How many edges a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub followers: u64,
    pub following: u64,
}

/// What a user's page needs of the store.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub counts: Counts,
    /// Whether the viewer follows the user.
    pub followed: bool,
    /// Whether the user has blocked the viewer.
    pub hides_from_viewer: bool,
    pub presence: Option<Presence>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A store other than PostgreSQL. What it said is for the log.
    #[error("The store of followers and presence can't be reached. Try again in a moment.")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Database(error) => error.kind(),
            Self::Away(_) => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Database(error) => error.code(),
            Self::Away(_) => "store_unavailable",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Database(error) => error.retry_after(),
            Self::Away(_) => Some(Duration::from_secs(1)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What a call gives.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Edges and presence. Whoever has written reads what was written, with the exceptions that
/// [`SocialStore::followers`] and [`SocialStore::edges_between`] name.
///
/// The transactions are PostgreSQL's, begun by the caller for what belongs together, such as the job that tells of it.
/// A store that isn't PostgreSQL writes at once and leaves it alone.
pub trait SocialStore: Send + Sync {
    /// Adds an edge.
    fn follow<'a>(&'a self, tx: &'a mut PgConnection, follow: Follow) -> Answer<'a, Added>;

    /// Removes an edge. False if there was none.
    fn unfollow<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        user: UserId,
        target: UserId,
    ) -> Answer<'a, bool>;

    /// Whom a user follows, by their ids, beginning after one of them.
    fn following(
        &self,
        user: UserId,
        after: Option<UserId>,
        at_most: usize,
    ) -> Answer<'_, Vec<Follow>>;

    /// Who follows a user, by their ids, beginning after one of them. A store may need a moment to list somebody new,
    /// but never where that is `reader`.
    fn followers(
        &self,
        target: UserId,
        reader: Option<UserId>,
        after: Option<UserId>,
        at_most: usize,
    ) -> Answer<'_, Vec<Follow>>;

    /// Who of `users` follows whom of `targets`: `(user, target)`, in no order. Of many users, a store may need a moment to
    /// show somebody new, but never of one alone. Who doesn't follow any more is shown by none.
    fn edges_between<'a>(
        &'a self,
        users: &'a [UserId],
        targets: &'a [UserId],
    ) -> Answer<'a, Vec<(UserId, UserId)>>;

    /// Those of these users who have followers, in no order.
    fn with_followers<'a>(&'a self, users: &'a [UserId]) -> Answer<'a, Vec<UserId>>;

    /// What a user's page needs, in one round trip to wherever it is kept.
    fn page(&self, user: UserId, viewer: Option<UserId>) -> Answer<'_, Page>;

    /// Writes heartbeats, each user's at most once, and gives for each what was there before, expired or not.
    fn put_presence<'a>(
        &'a self,
        heartbeats: &'a [(UserId, Presence)],
    ) -> Answer<'a, Vec<Option<Presence>>>;

    /// What the last heartbeats of these users said. Those that have expired at `now` are left out.
    fn presence<'a>(
        &'a self,
        users: &'a [UserId],
        now: Timestamp,
    ) -> Answer<'a, Vec<(UserId, Presence)>>;

    /// Removes presence that has expired at `now`, and gives it: of all who ask, one gets each, and tells of it. Reads don't
    /// depend on it. A store that removes them by itself may give none.
    fn take_expired<'a>(
        &'a self,
        users: &'a [UserId],
        now: Timestamp,
    ) -> Answer<'a, Vec<(UserId, Presence)>>;

    /// Whether the store has a copy of what players have done in each game, which whoever has the truth keeps up to date by
    /// [`SocialStore::mirror`].
    fn keeps_stats(&self) -> bool;

    /// Takes over what players have done in some games. What is older than what is there changes nothing: it doesn't matter
    /// in which order, or how often, anything is taken over. Nothing where no stats are kept.
    fn mirror<'a>(&'a self, stats: &'a [(UserId, PlayedGame)]) -> Answer<'a, ()>;

    /// A player's games, the one played last first, from after a position on, as they were a moment ago. None where no stats
    /// are kept.
    fn recent_games<'a>(
        &'a self,
        user: UserId,
        after: Option<&'a GamesPosition>,
        at_most: usize,
    ) -> Answer<'a, Option<Vec<PlayedGame>>>;

    /// Removes some of what there is of a deleted user, and puts the counts of the others right. True once nothing is
    /// left. May be called again after it failed half-way.
    fn forget(&self, user: UserId) -> Answer<'_, bool>;
}

fn uuids(users: &[UserId]) -> Vec<Uuid> {
    users.iter().map(|user| user.uuid()).collect()
}
