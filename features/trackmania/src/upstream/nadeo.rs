//! Nadeo's services: maps from Core, leaderboards from Live, names from the public API.

use std::collections::HashMap;

use http::StatusCode;
use kernel::Clock;
use outbound::{Answer, Client, Request, SharedLimits};
use serde_json::{Value, json};

use super::tokens::{Audience, Tokens};
use super::{Account, Caller, Service, Spent, UpstreamError, query};
use crate::model::account::AccountId;
use crate::model::board::{self, Record};
use crate::model::map::{self, Map};
use crate::model::token::Token;
use crate::model::{names, positions};

/// The most maps of which one call tells positions.
pub const POSITIONS: usize = 50;
/// The most names that one call gives.
const NAMES: usize = 50;
/// The most records that one call gives. Of more, the rest is cut in silence.
pub const RECORDS: usize = 100;

/// The boards of everybody's best, rather than of a season.
const GROUP: &str = "Personal_Best";

/// A part of a leaderboard.
#[derive(Clone, Debug)]
pub struct Board {
    /// The best first.
    pub records: Vec<Record>,
    /// Whether there may be more behind them.
    pub is_full: bool,
}

#[derive(Clone, Debug)]
pub struct NadeoConfig {
    /// Each without a slash at its end.
    pub core_url: String,
    pub live_url: String,
    pub public_url: String,
    /// A service account; None: nothing can be asked.
    pub account: Option<Account>,
    /// A client of the public API; None: nobody has a name.
    pub client: Option<Account>,
    /// What all servers together ask of all of them at most.
    pub limits: SharedLimits,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Nadeo {
    pub(super) caller: Caller,
    tokens: Tokens,
    core_url: String,
    live_url: String,
    pub(super) public_url: String,
    pub(super) client: Option<Account>,
}

impl Nadeo {
    pub fn new(client: Client, database: db::Database, clock: Clock, config: NadeoConfig) -> Self {
        let caller = Caller::new(client, database.clone(), Service::Nadeo, config.limits);
        Self {
            core_url: config.core_url.clone(),
            live_url: config.live_url.clone(),
            public_url: config.public_url.clone(),
            client: config.client.clone(),
            tokens: Tokens::new(caller.clone(), database, clock, config),
            caller,
        }
    }

    /// The map with this uid.
    ///
    /// # Errors
    /// When Core is away, answers strangely, or doesn't take us.
    pub async fn map(&self, uid: &str) -> Result<Option<Map>, UpstreamError> {
        let url = format!("{}/maps/by-uid/?mapUidList={uid}", self.core_url);
        let (answer, _) = self.ask(Audience::Core, || Request::get(&url)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let maps = self.caller.read(&answer, map::parse)?;
        Ok(maps.into_iter().find(|map| map.uid == uid))
    }

    /// A hundred records of a map, whether it exists or not, from behind so many of the best.
    ///
    /// # Errors
    /// As [`Nadeo::map`], of Live.
    pub async fn board(&self, uid: &str, offset: usize) -> Result<Board, UpstreamError> {
        let url = board_url(&self.live_url, uid, RECORDS, offset);
        let (answer, token) = self.ask(Audience::Live, || Request::get(&url)).await?;
        let parse = |told: &Value| board::parse(told, token.account);
        let told = self.caller.read(&answer, parse)?;
        Ok(Board {
            is_full: told.rows >= RECORDS,
            records: told.records,
        })
    }

    /// Where the slowest time would rank on maps, at most [`POSITIONS`] of them: behind all who have a record. Those that
    /// Live tells nothing of are missing.
    ///
    /// # Errors
    /// As [`Nadeo::board`].
    pub async fn positions(&self, uids: &[&str]) -> Result<HashMap<String, i64>, UpstreamError> {
        let times: Vec<(&str, i64)> = uids.iter().map(|uid| (*uid, positions::SLOWEST)).collect();
        self.ranks(&times).await
    }

    /// Where times would rank on maps, one on each of at most [`POSITIONS`], in milliseconds. It may be told hours late. Those
    /// that Live tells nothing of are missing.
    ///
    /// # Errors
    /// As [`Nadeo::board`].
    pub async fn ranks(
        &self,
        times: &[(&str, i64)],
    ) -> Result<HashMap<String, i64>, UpstreamError> {
        let scores: Vec<(String, String)> = times
            .iter()
            .map(|(uid, time)| (format!("scores[{uid}]"), time.to_string()))
            .collect();
        let pairs = scores
            .iter()
            .map(|(score, time)| (score.as_str(), time.as_str()));
        let url = format!(
            "{}/api/token/leaderboard/group/map?{}",
            self.live_url,
            query(pairs)
        );
        let maps: Vec<Value> = times
            .iter()
            .map(|(uid, _)| json!({ "mapUid": uid, "groupUid": GROUP }))
            .collect();
        let body = json!({ "maps": maps });
        let (answer, _) = self
            .ask(Audience::Live, || Request::post(&url).json(&body))
            .await?;
        self.caller.read(&answer, positions::parse)
    }

    /// # Errors
    /// [`UpstreamError::NotConfigured`] if nothing can be asked.
    pub fn check_configured(&self) -> Result<(), UpstreamError> {
        self.tokens.check_configured()
    }

    /// The same for work that takes its time: it waits longer for its turn.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            caller: self.caller.patient(),
            ..self.clone()
        }
    }

    /// The same for work that nobody waits for, with its calls counted: whoever somebody waits for goes before.
    #[must_use]
    pub fn in_background(&self, spent: &Spent) -> Self {
        Self {
            caller: self.caller.in_background(spent),
            ..self.clone()
        }
    }

    /// Whether nobody waits for what this one asks.
    pub fn is_in_background(&self) -> bool {
        self.caller.is_in_background()
    }

    /// Whether there is somebody to ask for names.
    pub fn knows_names(&self) -> bool {
        self.client.is_some()
    }

    /// What those accounts are called now. Those that nobody knows are missing.
    ///
    /// # Errors
    /// As [`Nadeo::map`], of the public API.
    pub async fn names(
        &self,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, String>, UpstreamError> {
        let mut all = HashMap::new();
        for accounts in accounts.chunks(NAMES) {
            let accounts: Vec<String> = accounts.iter().map(AccountId::to_string).collect();
            let pairs = accounts
                .iter()
                .map(|account| ("accountId[]", account.as_str()));
            let url = format!("{}/api/display-names?{}", self.public_url, query(pairs));
            let (answer, _) = self.ask(Audience::Public, || Request::get(&url)).await?;
            all.extend(self.caller.read(&answer, names::parse)?);
        }
        Ok(all)
    }

    /// Who is called so now, with the name as it is written.
    ///
    /// # Errors
    /// As [`Nadeo::names`].
    pub async fn account_named(
        &self,
        name: &str,
    ) -> Result<Option<(AccountId, String)>, UpstreamError> {
        let url = format!(
            "{}/api/display-names/account-ids?{}",
            self.public_url,
            query([("displayName[]", name)])
        );
        let (answer, _) = self.ask(Audience::Public, || Request::get(&url)).await?;
        self.caller
            .read(&answer, |told| names::parse_account(told, name))
    }

    /// With the token that answered: a token that is no longer taken is replaced once.
    async fn ask(
        &self,
        audience: Audience,
        request: impl Fn() -> Request + Send + Sync,
    ) -> Result<(Answer, Token), UpstreamError> {
        let mut token = self.tokens.current(audience).await?;
        for last in [false, true] {
            let header = audience.header(&token.access);
            let answer = self
                .caller
                .ask(|| request().header("authorization", &header))
                .await?;
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok((answer, token));
            }
            if !last {
                token = self.tokens.replace(audience, &token).await?;
            }
        }
        Err(UpstreamError::Refused)
    }
}

/// So many records of a map, from behind so many of the best.
pub fn board_url(live_url: &str, uid: &str, length: usize, offset: usize) -> String {
    // Without onlyWorld, length and offset count for nothing.
    format!(
        "{live_url}/api/token/leaderboard/group/{GROUP}/map/{uid}/top?length={length}&onlyWorld=true&offset={offset}"
    )
}
