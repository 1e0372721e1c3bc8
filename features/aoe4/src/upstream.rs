//! AoE4World over HTTP. Its contract: a free service of the community, without a published limit, that wants to know who
//! asks, to be asked for nothing twice, and to be left alone when it says so.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use kernel::{ErrorKind, Failure};
use outbound::{Client, LEFT_ALONE, Paced, Request, Shared, SharedLimits};
use serde_json::Value;

use crate::model::Malformed;
use crate::model::page::{GamesPage, PageError, said_error};
use crate::model::profile::Profile;

/// Pages hold fifty matches, with four against four some 150 KB.
const LARGEST_PAGE: usize = 2 * 1024 * 1024;
/// A summary of four against four has 250 KB.
const LARGEST_SUMMARY: usize = 4 * 1024 * 1024;
/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// Whoever names one of these in its `User-Agent` is refused, whatever the pace.
const UNWANTED_AGENTS: [&str; 5] = ["fetch", "spider", "crawler", "scraper", "bot"];

/// Matches that are asked for at once; fewer come where it allows fewer.
const PAGE_SIZE: u32 = 50;

#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// Where the site is, without a slash at its end; its API is below `/api/v0`.
    pub url: String,
    /// What all servers together ask at most.
    pub limits: SharedLimits,
    /// Where those who run it find out about us.
    pub contact: String,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct AoE4World {
    service: Paced,
    url: String,
    agent: String,
}

#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    #[error("AoE4World can't be reached. Try again in a moment.")]
    Away(#[from] outbound::Error),
    #[error("AoE4World asks to be left alone for a while. Try again later.")]
    Busy { wait: Duration },
    #[error("AoE4World answered with status {0}. Try again in a moment.")]
    Status(u16),
    #[error("AoE4World sent something that is not what it promises. Try again in a moment.")]
    Strange(#[from] StrangeAnswer),
}

/// What is wrong with an answer, for the log.
#[derive(Debug, thiserror::Error)]
pub enum StrangeAnswer {
    #[error("it is not JSON")]
    NotJson(#[from] serde_json::Error),
    #[error(transparent)]
    Page(#[from] PageError),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("it says: {0}")]
    Said(String),
    #[error("it has more than {cap} bytes")]
    TooLarge { cap: usize },
}

impl Failure for UpstreamError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "aoe4world_unavailable"
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { wait } => Some(*wait),
            Self::Away(error) => error.retry_after(),
            Self::Status(_) | Self::Strange(_) => Some(LEFT_ALONE),
        }
    }
}

/// What became of asking for a match's summary.
#[derive(Debug)]
pub enum SummaryAnswer {
    There(Value),
    /// Not published yet, or never.
    NotThere,
    /// Its player's history is private.
    Private,
}

impl AoE4World {
    pub fn new(client: Client, database: db::Database, config: UpstreamConfig) -> Self {
        Self {
            service: Paced::new(client, Shared::new(database, "aoe4world", config.limits)),
            url: config.url,
            agent: agent(&config.contact),
        }
    }

    /// The player with this Steam account. Somebody else's profile is nobody's.
    ///
    /// # Errors
    /// When AoE4World is away or answers strangely.
    pub async fn player(&self, steam_id: &str) -> Result<Option<Profile>, UpstreamError> {
        let path = format!("/api/v0/players/{steam_id}");
        let Some(found) = self.json(&path, LARGEST_PAGE).await? else {
            return Ok(None);
        };
        let profile = Profile::parse(&found).map_err(StrangeAnswer::from)?;
        Ok(profile.belongs_to(steam_id).then_some(profile))
    }

    /// A page of a player's matches, counted from 1, the newest first, of those that began since then.
    ///
    /// # Errors
    /// As [`AoE4World::player`].
    pub async fn games(
        &self,
        profile_id: u64,
        page: u32,
        since: Option<Timestamp>,
    ) -> Result<GamesPage, UpstreamError> {
        let mut path = format!("/api/v0/players/{profile_id}/games?page={page}&limit={PAGE_SIZE}");
        if let Some(since) = since {
            path = format!("{path}&since={}", since.as_second());
        }
        match self.json(&path, LARGEST_PAGE).await? {
            Some(found) => Ok(GamesPage::parse(found).map_err(StrangeAnswer::from)?),
            None => Err(UpstreamError::Status(404)),
        }
    }

    /// What happened in a match, if that is published.
    ///
    /// # Errors
    /// As [`AoE4World::player`].
    pub async fn summary(
        &self,
        profile_id: u64,
        game_id: u64,
    ) -> Result<SummaryAnswer, UpstreamError> {
        let path = format!("/players/{profile_id}/games/{game_id}/summary?camelize=true");
        let answer = self.ask(&path, LARGEST_SUMMARY).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(SummaryAnswer::NotThere),
            // Who stands before it says no with a page for browsers, and lets us through the next time.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !is_page(&answer) => {
                Ok(SummaryAnswer::Private)
            }
            _ => Ok(SummaryAnswer::There(read(&answer)?)),
        }
    }

    /// None for what isn't there.
    async fn json(&self, path: &str, cap: usize) -> Result<Option<Value>, UpstreamError> {
        let answer = self.ask(path, cap).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read(&answer).map(Some)
    }

    async fn ask(&self, path: &str, cap: usize) -> Result<outbound::Answer, UpstreamError> {
        let url = format!("{}{path}", self.url);
        let request = || {
            Request::get(&url)
                .header("accept", "application/json")
                .header("user-agent", &self.agent)
                .cap(cap)
        };
        let answer = self.service.send(PATIENCE, request).await;
        answer.map_err(|error| match error {
            outbound::Error::LeftAlone { wait } => UpstreamError::Busy { wait },
            outbound::Error::TooLarge { cap } => StrangeAnswer::TooLarge { cap }.into(),
            error => UpstreamError::Away(error),
        })
    }
}

fn read(answer: &outbound::Answer) -> Result<Value, UpstreamError> {
    if !answer.status.is_success() {
        return Err(UpstreamError::Status(answer.status.as_u16()));
    }
    let mut value = serde_json::from_slice(&answer.body).map_err(StrangeAnswer::from)?;
    drop_nuls(&mut value);
    match said_error(&value) {
        Some(error) => Err(StrangeAnswer::Said(error).into()),
        None => Ok(value),
    }
}

fn is_page(answer: &outbound::Answer) -> bool {
    let kind = answer.header("content-type").unwrap_or_default();
    kind.trim_start()
        .to_ascii_lowercase()
        .starts_with("text/html")
}

/// Names may hold any character, PostgreSQL any but one.
fn drop_nuls(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => text.retain(|character| character != '\0'),
        Value::Array(items) => items.iter_mut().for_each(drop_nuls),
        Value::Object(fields) => {
            fields.retain(|name, _| !name.contains('\0'));
            fields.values_mut().for_each(drop_nuls);
        }
        _ => {}
    }
}

/// As AoE4World lets through: an address that holds a word it refuses is left out.
fn agent(contact: &str) -> String {
    let product = concat!("Grandstand/", env!("CARGO_PKG_VERSION"));
    let lower = contact.to_lowercase();
    if UNWANTED_AGENTS.iter().any(|word| lower.contains(word)) {
        format!("{product} (self-hosted)")
    } else {
        format!("{product} (+{contact})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_refused_for_what_their_address_is_called() {
        for (contact, agent_of) in [
            ("https://play.example.org", "(+https://play.example.org)"),
            ("https://ROBOTS.example.org", "(self-hosted)"),
            ("https://fetchers.example.org", "(self-hosted)"),
        ] {
            let agent = agent(contact);
            assert!(agent.starts_with("Grandstand/"), "{agent}");
            assert!(agent.ends_with(agent_of), "{agent}");
            let lower = agent.to_lowercase();
            assert!(!UNWANTED_AGENTS.iter().any(|word| lower.contains(word)));
        }
    }
}
