//! Floor 3: Age of Empires IV: matches from AoE4World, and a coach's reviews of them.
//!
//! See README.md for the invariants.

mod actions;
pub mod coach;
mod error;
mod jobs;
mod llm;
pub mod model;
mod routes;
mod store;
mod upstream;

use std::ops::Deref;
use std::sync::Arc;

use accounts::Accounts;
use axum::extract::FromRef;
use db::Database;
use kernel::Clock;

pub use crate::coach::llm::TokenField;
pub use crate::error::Error;
pub use crate::jobs::{EndAbandoned, PurgeSummaries, Reviewed};
pub use crate::llm::LlmConfig;
pub use crate::upstream::UpstreamConfig;

use crate::coach::Coach;
use crate::coach::rules::Rules;
use crate::llm::Llm;
use crate::upstream::AoE4World;

/// How this feature is set up.
#[derive(Clone, Debug)]
pub struct Config {
    pub upstream: UpstreamConfig,
    /// Whether matches are brought over for a Steam account that nobody has proven to be theirs.
    pub unverified_links: bool,
    /// The model that writes reviews; the rules do, if there is none.
    pub llm: Option<LlmConfig>,
    /// Where browsers reach the server, without a slash at its end: links to shared reviews begin with it.
    pub public_url: String,
}

/// The feature, running. Cheap to clone.
#[derive(Clone)]
pub struct Aoe4(Arc<Inner>);

pub struct Inner {
    database: Database,
    accounts: Accounts,
    clock: Clock,
    upstream: AoE4World,
    unverified_links: bool,
    coach: Arc<dyn Coach>,
    jobs: ::jobs::Jobs,
    public_url: String,
}

impl Aoe4 {
    pub fn new(
        database: Database,
        accounts: Accounts,
        jobs: ::jobs::Jobs,
        outside: outbound::Client,
        clock: Clock,
        config: Config,
    ) -> Self {
        let coach: Arc<dyn Coach> = match config.llm {
            Some(llm) => Arc::new(Llm::new(outside.clone(), database.clone(), llm)),
            None => Arc::new(Rules),
        };
        Self(Arc::new(Inner {
            coach,
            jobs,
            public_url: config.public_url,
            upstream: AoE4World::new(outside, database.clone(), config.upstream),
            unverified_links: config.unverified_links,
            database,
            accounts,
            clock,
        }))
    }
}

impl Deref for Aoe4 {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Aoe4> for Accounts {
    fn from_ref(aoe4: &Aoe4) -> Self {
        aoe4.accounts.clone()
    }
}
