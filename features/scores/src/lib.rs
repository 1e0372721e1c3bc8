//! Floor 3: verified scores and live leaderboards.
//!
//! A game service vouches for an action by a signed token; the player's score counts once, is audited, and is
//! never lost; leaderboards are answered from memory and move live. See README.md for the invariants.

mod actions;
mod background;
mod boards;
mod commit;
mod company;
pub mod demo;
mod error;
pub mod import;
mod model;
mod routes;
pub mod stats;
mod store;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use accounts::Accounts;
use axum::extract::FromRef;
use db::Database;
use http_api::{AdjustableLimiter, Rate};
use jiff::SignedDuration;
use kernel::{Clock, Secret, UserId};
use live::{Capacity, Hearing, Relay, StreamSettings};
use tokio_util::sync::CancellationToken;

use crate::boards::{Boards, Directory, FinishedPeriods, Names, Player};
use crate::commit::GroupCommit;
use crate::model::ActionTokenKey;

pub use actions::day_overview::{GameOverview, ScoresOverview};
pub use actions::news::{Improvement, News, Overtaken};
pub use actions::player_stats::{BoardRank, GamePosition, GameStats};
pub use company::{Company, CompanyError, Presence, Seen, SeenPlayers};
pub use error::ScoresError;

/// How this feature is set up.
#[derive(Clone, Debug)]
pub struct Config {
    pub action_token_secret: Secret,
    /// How long an action token is good, unless the game service says.
    pub action_token_ttl: Duration,
    pub streams: StreamSettings,
    /// The room for streams, shared with those of others.
    pub capacity: Capacity,
    /// Whether boards are loaded and watched over, which only a server that answers requests needs.
    pub serve_boards: bool,
}

/// The feature, running. Cheap to clone.
#[derive(Clone)]
pub struct Scores(Arc<Inner>);

pub struct Inner {
    database: Database,
    accounts: Accounts,
    clock: Clock,
    action_token_key: ActionTokenKey,
    action_token_ttl: SignedDuration,
    submissions: AdjustableLimiter<UserId>,
    boards: Arc<Boards>,
    names: Names,
    finished: FinishedPeriods,
    commit: GroupCommit,
    company: OnceLock<Arc<dyn Company>>,
    streams: StreamSettings,
    capacity: Capacity,
    shutdown: CancellationToken,
}

impl Scores {
    /// Starts the feature. Returns at once: boards are loaded in the background, and a board that isn't yet
    /// answers that it is loading.
    pub fn start(
        database: Database,
        accounts: Accounts,
        relay: Relay,
        clock: Clock,
        config: Config,
        shutdown: CancellationToken,
    ) -> Self {
        let boards = Arc::new(Boards::new(relay, shutdown.clone()));
        let commit = GroupCommit::start(database.clone(), Arc::clone(&boards), clock.clone());
        let scores = Self(Arc::new(Inner {
            finished: FinishedPeriods::default(),
            names: Names {
                directory: Directory::default(),
                database: database.clone(),
                stale: Arc::default(),
            },
            action_token_key: ActionTokenKey::new(&config.action_token_secret),
            action_token_ttl: SignedDuration::try_from(config.action_token_ttl)
                .unwrap_or(SignedDuration::from_mins(5)),
            submissions: AdjustableLimiter::new("scores", clock.clone()),
            streams: config.streams,
            database,
            accounts,
            clock,
            boards,
            commit,
            company: OnceLock::new(),
            capacity: config.capacity,
            shutdown,
        }));
        if config.serve_boards {
            let watched = scores.clone();
            tokio::spawn(async move {
                let stop = watched.shutdown.clone();
                stop.run_until_cancelled(background::run(watched)).await;
            });
        }
        scores
    }

    /// Whom lists ask about their players. To be called once, before requests are served.
    pub fn ask_company(&self, company: Arc<dyn Company>) {
        let _ = self.company.set(company);
    }

    /// Whether every board can be answered rightly.
    pub fn is_ready(&self) -> bool {
        self.boards.all_loaded()
    }

    /// Somebody new may play soon.
    pub fn signed_up(&self, user: UserId, screen_name: &str, avatar: i16) {
        self.names
            .directory
            .welcome(user, Player::new(screen_name, avatar));
    }

    /// A player's name or avatar may be another now.
    pub fn profile_changed(&self, user: UserId) {
        if self.names.directory.forget(user) {
            // So that boards can be read also should PostgreSQL be away by then. If it is already, pages try again.
            let names = self.names.clone();
            tokio::spawn(async move { names.read_players(&[user.uuid()]).await });
        }
    }

    /// What other servers tell. To be heard by the relay that this was started with.
    #[must_use]
    pub fn hear(&self, hearing: Hearing) -> Hearing {
        let scores = self.clone();
        self.boards.hear(hearing).missed(move || {
            scores.names.stale.notify_one();
            scores.finished.forget();
        })
    }

    /// How many scores a user may submit from now on; at first, and with none, as many as they like.
    pub fn limit_submissions(&self, rate: Option<Rate>) {
        self.submissions.set(rate);
    }

    /// Forgets who was limited long ago.
    pub fn sweep(&self) {
        self.submissions.sweep();
    }

    /// Removes expired action tokens, and the scores of deleted leaderboards. For one server now and then.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn purge(&self) -> Result<u64, db::Error> {
        let count = store::replays::purge_tokens(self.database.pool(), self.clock.now()).await?;
        store::leaderboards::purge_deleted(self.database.pool()).await?;
        Ok(count)
    }

    /// Writes the scores that wait, and takes no more. To be called when no more requests come in.
    pub async fn drain(&self) {
        self.commit.drain().await;
    }
}

impl Deref for Scores {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Scores> for Accounts {
    fn from_ref(scores: &Scores) -> Self {
        scores.accounts.clone()
    }
}
