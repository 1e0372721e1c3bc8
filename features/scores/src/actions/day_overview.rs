//! What was played on a day, for administrators.

use kernel::Day;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Scores;
use crate::error::ScoresError;
use crate::store;

/// Verified scores of a day, by when they were counted.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScoresOverview {
    pub counted: i64,
    /// How many different players sent them; those deleted since are nobody.
    pub players: i64,
    /// The ten games with the most of them.
    pub games: Vec<GameOverview>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GameOverview {
    #[schema(example = "chess")]
    pub game_id: String,
    pub counted: i64,
}

impl Scores {
    /// Reads the day's plays, which takes about half a second for a million of them; how many there are of other days
    /// doesn't matter.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn day_overview(&self, day: Day) -> Result<ScoresOverview, ScoresError> {
        Ok(store::overview::of_day(self.database.pool(), day).await?)
    }

    /// How many leaderboards there are.
    pub fn leaderboard_count(&self) -> usize {
        self.boards.count()
    }
}
