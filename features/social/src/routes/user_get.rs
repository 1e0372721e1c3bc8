use accounts::MaybeUser;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use kernel::{Moment, Tag, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::PlayedGame;
use crate::Social;
use crate::actions::profile::{self, BoardRank, PlayerPage};
use crate::model::presence::PresenceView;

/// A player's page.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    id: UserId,
    screen_name: String,
    /// 0–999; clients map it to pictures.
    avatar: i16,
    joined_at: Moment,
    /// How many follow the player.
    followers: u64,
    /// How many the player follows.
    following: u64,
    /// Whether the caller follows the player; false for who isn't signed in.
    is_following: bool,
    presence: PresenceView,
    /// The 20 that were played last; the others are listed by `GET /users/{userId}/games`.
    games: Vec<PlayedGame>,
    /// The player's places on boards, those over all games first: 100 at the most.
    ranks: Vec<RankView>,
}

/// A place on a board.
#[derive(Serialize, ToSchema)]
#[schema(as = ProfileRank)]
#[serde(rename_all = "camelCase")]
struct RankView {
    leaderboard: Tag,
    /// Null for a board over all games.
    game_id: Option<Tag>,
    title: String,
    /// 1-based.
    rank: u64,
    /// How many stand on the board.
    total: u64,
    score: u64,
}

impl From<BoardRank> for RankView {
    fn from(place: BoardRank) -> Self {
        Self {
            leaderboard: place.leaderboard,
            game_id: place.game,
            title: place.title,
            rank: place.rank,
            total: place.total,
            score: place.score,
        }
    }
}

impl From<PlayerPage> for Profile {
    fn from(page: PlayerPage) -> Self {
        let player = page.profile.player;
        Self {
            id: player.id,
            screen_name: player.screen_name,
            avatar: player.avatar,
            joined_at: page.profile.joined_at.into(),
            followers: page.counts.followers,
            following: page.counts.following,
            is_following: page.is_following,
            presence: page.presence,
            games: page.games.into_iter().map(PlayedGame::from).collect(),
            ranks: page.ranks.into_iter().map(RankView::from).collect(),
        }
    }
}

/// Read a player's page
///
/// Players see their own presence as it is, even while they are invisible.
#[utoipa::path(
    get,
    path = "/api/v1/users/{userId}",
    operation_id = "getUser",
    tag = "Players",
    security((), ("user" = [])),
    params(("userId" = UserId, Path, description = "The player")),
    responses(
        (status = 200, description = "The page", body = Profile),
        (status = 401, description = "`invalid_token`: none is needed, but what is sent must be good", body = ErrorBody),
        (status = 404, description = "`user_not_found`", body = ErrorBody),
        (status = 503, description = "`leaderboard_loading`", body = ErrorBody),
    ),
)]
pub(super) async fn get_user(
    State(social): State<Social>,
    MaybeUser(viewer): MaybeUser,
    ApiPath(user): ApiPath<UserId>,
) -> ApiResult<axum::Json<Profile>> {
    let viewer = viewer.map(|viewer| viewer.id);
    let page = profile::page(&social, user, viewer).await?;
    Ok(axum::Json(page.into()))
}
