//! Floor 3: who follows whom, who is online and plays what, and every player's page.
//!
//! See README.md for the invariants. [`SocialStore`] is where edges and presence are kept.

mod actions;
mod error;
mod jobs;
mod model;
mod presence;
mod routes;
mod store;

use std::ops::Deref;
use std::sync::Arc;

use accounts::Accounts;
use axum::extract::FromRef;
use db::Database;
use kernel::Clock;
use live::{Hearing, Inboxes, Relay};
use tokio_util::sync::CancellationToken;

pub use crate::actions::audience::Audience;
pub use crate::actions::company::Seen;
pub use crate::actions::profile::{BoardRank, GameStats, Games, GamesError};
pub use crate::error::Error;
pub use crate::jobs::{Followed, Forget, Mirror};
pub use crate::model::games::{GamesPosition, PlayedGame};
pub use crate::model::presence::{Presence, PresenceView, Status};
#[cfg(feature = "aws")]
pub use crate::store::dynamodb::{
    Copied, CopyProgress, DynamoStore, DynamoTables, Made, StatsSource, TableNames, TablesError,
};
pub use crate::store::postgres::PostgresStore;
pub use crate::store::{Added, Counts, Follow, MOST_FOLLOWED, Page, SocialStore, StoreError};

use crate::presence::{Heartbeats, Watch};

/// What this feature works with.
pub struct Ways {
    pub store: Arc<dyn SocialStore>,
    pub games: Arc<dyn Games>,
    pub jobs: ::jobs::Jobs,
    pub inboxes: Inboxes,
    pub relay: Relay,
}

/// The feature, running. Cheap to clone.
#[derive(Clone)]
pub struct Social(Arc<Inner>);

pub struct Inner {
    database: Database,
    accounts: Accounts,
    store: Arc<dyn SocialStore>,
    games: Arc<dyn Games>,
    jobs: ::jobs::Jobs,
    clock: Clock,
    heartbeats: Heartbeats,
    watch: Watch,
}

impl Social {
    /// Starts the feature: heartbeats are written, and followers told, until `shutdown`.
    pub fn start(
        database: Database,
        accounts: Accounts,
        ways: Ways,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        let Ways {
            store,
            games,
            jobs,
            inboxes,
            relay,
        } = ways;
        let watch = Watch::start(Arc::clone(&store), inboxes, relay, clock.clone(), shutdown);
        Self(Arc::new(Inner {
            heartbeats: Heartbeats::start(Arc::clone(&store), watch.clone(), clock.clone()),
            watch,
            database,
            accounts,
            store,
            games,
            jobs,
            clock,
        }))
    }

    /// What other servers tell.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        self.watch.hear(hearing)
    }
}

impl Deref for Social {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Social> for Accounts {
    fn from_ref(social: &Social) -> Self {
        social.accounts.clone()
    }
}
