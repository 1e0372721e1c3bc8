//! Shapes that several answers share.

use kernel::Moment;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::games::ListedGame;

/// A match of the caller's.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GameView {
    /// AoE4World's id.
    id: u64,
    played_at: Moment,
    /// As AoE4World calls it; new ones come with each season.
    #[schema(example = "Dry Arabia")]
    map: String,
    /// As in `rm_1v1`, `rm_4v4`, `qm_ffa`; new ones may come.
    #[schema(example = "rm_1v1")]
    kind: String,
    #[schema(example = "english")]
    civilization: String,
    /// Of all opponents, each as often as it was played. Empty where there was nobody.
    opponent_civilizations: Vec<String>,
    /// `win`, `loss`, or another word of AoE4World's; null while the match runs.
    result: Option<String>,
    rating: Option<i32>,
    rating_diff: Option<i32>,
    /// Seconds; null while the match runs.
    duration: Option<u32>,
    /// `raw`, `reviewing` or `reviewed`.
    status: String,
}

impl From<ListedGame> for GameView {
    fn from(game: ListedGame) -> Self {
        Self {
            id: game.id,
            played_at: Moment(game.played_at),
            map: game.map,
            kind: game.kind,
            civilization: game.civilization,
            opponent_civilizations: game.opponent_civilizations,
            result: game.result,
            rating: game.rating,
            rating_diff: game.rating_diff,
            duration: game.duration,
            status: game.status,
        }
    }
}
