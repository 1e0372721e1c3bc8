//! Trackmania Exchange: a free service of the community, without a published limit, that wants to know who asks.

use outbound::{Client, Request, SharedLimits};

use super::{Caller, Service, Spent, UpstreamError, query};
use crate::model::exchange::{FIELDS, Page, parse};

#[derive(Clone, Debug)]
pub struct ExchangeConfig {
    /// Without a slash at its end.
    pub url: String,
    /// What all servers together ask at most.
    pub limits: SharedLimits,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Exchange {
    caller: Caller,
    url: String,
}

/// Which maps are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    Uid(&'a str),
    /// What is in their names.
    Name(&'a str),
    /// By whom they are, or with whom they were made.
    Author(&'a str),
    /// The same by the id that Trackmania Exchange knows the author by.
    AuthorId(i64),
}

impl Exchange {
    pub fn new(client: Client, database: db::Database, config: ExchangeConfig) -> Self {
        Self {
            caller: Caller::new(client, database, Service::Exchange, config.limits),
            url: config.url,
        }
    }

    /// The same for work that nobody waits for, with its calls counted.
    #[must_use]
    pub fn in_background(&self, spent: &Spent) -> Self {
        Self {
            caller: self.caller.in_background(spent),
            url: self.url.clone(),
        }
    }

    /// So many maps, from after one of them on.
    ///
    /// # Errors
    /// When it is away or answers strangely.
    pub async fn maps(
        &self,
        wanted: Wanted<'_>,
        count: usize,
        after: Option<i64>,
    ) -> Result<Page, UpstreamError> {
        let (count, after_id) = (count.to_string(), after.map(|after| after.to_string()));
        let author;
        let wanted = match wanted {
            Wanted::Uid(uid) => ("uid", uid),
            Wanted::Name(name) => ("name", name),
            Wanted::Author(name) => ("author", name),
            Wanted::AuthorId(id) => {
                author = id.to_string();
                ("authoruserid", author.as_str())
            }
        };
        let after_pair = after_id.as_deref().map(|after| ("after", after));
        let pairs = [("fields", FIELDS), ("count", count.as_str()), wanted];
        let pairs = pairs.into_iter().chain(after_pair);
        let url = format!("{}/api/maps?{}", self.url, query(pairs));
        let answer = self.caller.ask(|| Request::get(&url)).await?;
        self.caller.read(&answer, |told| parse(told, after))
    }
}
