//! A day at a glance, for administrators: a section from each part of the server.
//!
//! Invariant: a day is put together by one request at a time and kept for a moment, so that a page that asks each
//! second, or many of them, cost no more than one.

mod sections;

use std::collections::HashMap;
use std::sync::Arc;

use accounts::Accounts;
use axum::extract::FromRef;
use futures_util::future::BoxFuture;
use http_api::ApiError;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Day, Moment};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

pub use self::sections::{
    JobsOverview, JobsSection, LeaderboardsOverview, LeaderboardsSection, MailsSection,
    PlaysSection, SessionsSection, StreamsOverview, StreamsSection, TrackmaniaOverview,
    TrackmaniaSection, UsersSection,
};

/// How long an answer is good.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// Days that are kept; more are asked for by nobody who reads them.
const MAX_DAYS: usize = 31;

/// One part's section. It must take a bounded time, whatever the size of its tables; what is about now, and not about
/// the day, is fine.
pub trait Section: Send + Sync {
    /// Its member in the answer, in `camelCase`.
    fn name(&self) -> &'static str;

    fn read(&self, day: Day) -> BoxFuture<'_, Result<Value, ApiError>>;
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Overview(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    clock: Clock,
    sections: Vec<Box<dyn Section>>,
    days: Mutex<HashMap<Day, (Timestamp, Value)>>,
}

impl Overview {
    pub fn new(accounts: Accounts, clock: Clock, sections: Vec<Box<dyn Section>>) -> Self {
        Self(Arc::new(Inner {
            accounts,
            clock,
            sections,
            days: Mutex::default(),
        }))
    }

    /// That day's sections, or today's.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub async fn read(&self, day: Option<Day>) -> Result<Value, ApiError> {
        let now = self.0.clock.now();
        let day = day.unwrap_or_else(|| Day::of(now));
        let mut days = self.0.days.lock().await;
        // A clock that was set back makes everything old.
        days.retain(|_, (made_at, _)| now.duration_since(*made_at).abs() < FRESH);
        if let Some((_, overview)) = days.get(&day) {
            return Ok(overview.clone());
        }
        let mut overview = Map::new();
        overview.insert("date".to_owned(), json!(day));
        overview.insert("asOf".to_owned(), json!(Moment(now)));
        for section in &self.0.sections {
            overview.insert(section.name().to_owned(), section.read(day).await?);
        }
        let overview = Value::Object(overview);
        if days.len() < MAX_DAYS {
            days.insert(day, (now, overview.clone()));
        }
        Ok(overview)
    }
}

impl FromRef<Overview> for Accounts {
    fn from_ref(overview: &Overview) -> Self {
        overview.0.accounts.clone()
    }
}
