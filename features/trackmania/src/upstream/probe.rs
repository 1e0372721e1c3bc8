//! Whether the services are there and take us, for whoever sets a server up.
//!
//! Invariant: it needs no database, so that it keeps no token and waits for no turn: a handful of calls, made by hand.

use std::time::Duration;

use kernel::Clock;
use outbound::{Answer, Client, Request};

use super::nadeo::board_url;
use super::tokens::{Audience, is_refusal, login, login_as_client, of_client, pair_of};
use super::{ExchangeConfig, LARGEST, NadeoConfig, Service, UpstreamError, query};
use crate::model::{board, exchange};

/// Of each call.
const PATIENCE: Duration = Duration::from_secs(4);
/// A map need not exist to have a leaderboard at Live.
const ANY_MAP: &str = "GrandstandLooksWhetherLive";

#[derive(Debug)]
pub struct Probe {
    client: Client,
    clock: Clock,
    nadeo: NadeoConfig,
    exchange: ExchangeConfig,
}

/// What is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The account or its password is wrong, or none is configured.
    Refused,
    /// A sentence.
    Away(String),
}

impl Probe {
    pub fn new(client: Client, clock: Clock, nadeo: NadeoConfig, exchange: ExchangeConfig) -> Self {
        Self {
            client,
            clock,
            nadeo,
            exchange,
        }
    }

    /// Logs in at Nadeo's services.
    ///
    /// # Errors
    /// When that fails, or Live has no leaderboard for who logged in.
    pub async fn live(&self) -> Result<(), Problem> {
        let nadeo = &self.nadeo;
        let account = nadeo.account.as_ref().ok_or(Problem::Refused)?;
        let request = login(&nadeo.core_url, Audience::Live, account);
        let answer = self.log_in(request).await?;
        let now = self.clock.now();
        let token = Service::Nadeo.read(&answer, |told| pair_of(told, now))?;
        let request = Request::get(board_url(&nadeo.live_url, ANY_MAP, 1, 0));
        let header = Audience::Live.header(&token.access);
        let request = request.header("authorization", &header);
        let answer = self.ask(Service::Nadeo, request).await?;
        Service::Nadeo.read(&answer, |told| board::parse(told, token.account))?;
        Ok(())
    }

    /// Logs in at the public API.
    ///
    /// # Errors
    /// When that fails.
    pub async fn public_api(&self) -> Result<(), Problem> {
        let nadeo = &self.nadeo;
        let client = nadeo.client.as_ref().ok_or(Problem::Refused)?;
        let answer = self
            .log_in(login_as_client(&nadeo.public_url, client))
            .await?;
        let now = self.clock.now();
        Service::Nadeo.read(&answer, |told| of_client(told, now))?;
        Ok(())
    }

    /// Asks Trackmania Exchange for a map.
    ///
    /// # Errors
    /// When it is away or answers strangely.
    pub async fn exchange(&self) -> Result<(), Problem> {
        let query = query([("fields", exchange::FIELDS), ("count", "1")]);
        let url = format!("{}/api/maps?{query}", self.exchange.url);
        let answer = self.ask(Service::Exchange, Request::get(url)).await?;
        Service::Exchange.read(&answer, |told| exchange::parse(told, None))?;
        Ok(())
    }

    async fn log_in(&self, request: Request) -> Result<Answer, Problem> {
        let answer = self.ask(Service::Nadeo, request).await?;
        if is_refusal(answer.status) {
            return Err(Problem::Refused);
        }
        Ok(answer)
    }

    async fn ask(&self, service: Service, request: Request) -> Result<Answer, Problem> {
        let request = request
            .header("accept", "application/json")
            .cap(LARGEST)
            .timeout(PATIENCE)
            .retries(0);
        let answer = self.client.send(request).await;
        Ok(service.answered(answer)?)
    }
}

impl From<UpstreamError> for Problem {
    fn from(error: UpstreamError) -> Self {
        Self::Away(error.to_string())
    }
}
