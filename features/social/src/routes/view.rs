//! Shapes that several answers share.

use accounts::players::Player;
use kernel::{Cursor, Moment, Page, Tag, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::actions::lists::Listed;
use crate::actions::profile::GameStats;
use crate::model::presence::PresenceView;

/// Somebody who follows, or is followed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedUser {
    user_id: UserId,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    avatar: i16,
    followed_at: Moment,
    presence: PresenceView,
}

/// A page of them, in the order of their ids. Those whose account is being deleted are left out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedUsers {
    users: Vec<ListedUser>,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

impl From<Listed> for ListedUser {
    fn from(listed: Listed) -> Self {
        let Player {
            id,
            screen_name,
            avatar,
        } = listed.player;
        Self {
            user_id: id,
            screen_name,
            avatar,
            followed_at: listed.followed_at.into(),
            presence: listed.presence,
        }
    }
}

impl From<Page<Listed>> for ListedUsers {
    fn from(page: Page<Listed>) -> Self {
        let page = page.map(ListedUser::from);
        Self {
            users: page.items,
            next_cursor: page.next,
        }
    }
}

/// What a player has done in a game.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlayedGame {
    game_id: Tag,
    /// Of all plays; the lowest where lower is better.
    best_score: u64,
    last_score: u64,
    last_played_at: Moment,
    plays: u64,
    /// On the game's own board, 1-based; null if the player doesn't stand there.
    rank: Option<u64>,
}

impl From<GameStats> for PlayedGame {
    fn from(stats: GameStats) -> Self {
        Self {
            game_id: stats.game,
            best_score: stats.best,
            last_score: stats.last,
            last_played_at: stats.last_played_at.into(),
            plays: stats.plays,
            rank: stats.rank,
        }
    }
}
