use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Api, Player};

/// A leaderboard.
#[derive(Clone, Debug)]
pub struct Board {
    api: Api,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    pub rank: u64,
    pub user_id: String,
    pub screen_name: String,
    pub avatar: u16,
    pub score: u64,
    pub reached_at: String,
    #[serde(default)]
    pub percentile: Option<f64>,
}

impl Board {
    pub fn new(api: &Api, id: &str) -> Self {
        Self {
            api: api.clone(),
            path: format!("/leaderboards/{id}"),
        }
    }

    /// The board itself.
    pub async fn definition(&self) -> Value {
        self.api.get(&self.path).await.assert_ok()
    }

    pub async fn page(&self, query: &str) -> Answer {
        self.api.get(&format!("{}/entries{query}", self.path)).await
    }

    /// All entries, page by page.
    pub async fn entries(&self) -> Vec<Entry> {
        self.entries_by(100).await
    }

    pub async fn entries_by(&self, limit: u8) -> Vec<Entry> {
        let (mut all, mut query) = (Vec::new(), format!("?limit={limit}"));
        loop {
            let page = self.page(&query).await.assert_ok();
            all.extend(read(&page["entries"]));
            match page["nextCursor"].as_str() {
                Some(cursor) => query = format!("?limit={limit}&cursor={cursor}"),
                None => return all,
            }
        }
    }

    /// Names and scores, best first.
    pub async fn standings(&self) -> Vec<(String, u64)> {
        self.entries()
            .await
            .into_iter()
            .map(|entry| (entry.screen_name, entry.score))
            .collect()
    }

    pub async fn names(&self) -> Vec<String> {
        self.entries()
            .await
            .into_iter()
            .map(|entry| entry.screen_name)
            .collect()
    }

    pub async fn entry(&self, player: &Player) -> Answer {
        self.api
            .get(&format!("{}/entries/{}", self.path, player.id))
            .await
    }

    pub async fn entry_of(&self, player: &Player) -> Entry {
        serde_json::from_value(self.entry(player).await.assert_ok()).expect("an entry")
    }

    pub async fn around(&self, player: &str, limit: u8) -> Vec<Entry> {
        let path = format!("{}/around/{player}?limit={limit}", self.path);
        read(&self.api.get(&path).await.assert_ok()["entries"])
    }
}

fn read(entries: &Value) -> Vec<Entry> {
    serde_json::from_value(entries.clone()).unwrap_or_else(|error| panic!("{error}: {entries}"))
}
