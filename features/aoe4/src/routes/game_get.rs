use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiPath, ApiResult, ErrorBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::GameView;
use crate::Aoe4;
use crate::actions::games;
use crate::model::game::Participant;

/// Somebody who was in a match.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ParticipantView {
    /// AoE4World's id.
    profile_id: u64,
    name: String,
    country: Option<String>,
    civilization: String,
    /// `win`, `loss`, or another word of AoE4World's; null while the match runs.
    result: Option<String>,
    rating: Option<i32>,
    rating_diff: Option<i32>,
    /// May be below zero.
    mmr: Option<i32>,
    mmr_diff: Option<i32>,
}

impl From<Participant> for ParticipantView {
    fn from(participant: Participant) -> Self {
        Self {
            profile_id: participant.profile_id,
            name: participant.name,
            country: participant.country,
            civilization: participant.civilization,
            result: participant.result.map(|result| result.as_str().to_owned()),
            rating: participant.rating,
            rating_diff: participant.rating_diff,
            mmr: participant.mmr,
            mmr_diff: participant.mmr_diff,
        }
    }
}

/// A match, and everybody who was in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WholeGame {
    #[serde(flatten)]
    game: GameView,
    server: Option<String>,
    season: Option<u32>,
    patch: Option<u32>,
    average_rating: Option<i32>,
    teams: Vec<Vec<ParticipantView>>,
}

/// Get one of my matches
#[utoipa::path(
    get,
    path = "/api/v1/games/{gameId}",
    operation_id = "getGame",
    tag = "Age of Empires IV",
    security(("user" = [])),
    params(("gameId" = u64, Path, description = "AoE4World's id of the match")),
    responses(
        (status = 200, description = "The match", body = WholeGame),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`game_not_found`: also one of somebody else", body = ErrorBody),
    ),
)]
pub(super) async fn get_game(
    State(aoe4): State<Aoe4>,
    user: CurrentUser,
    ApiPath(id): ApiPath<u64>,
) -> ApiResult<axum::Json<WholeGame>> {
    let (listed, game) = games::find(&aoe4, user.id, id).await?;
    let teams = |game: Vec<Vec<Participant>>| {
        let teams = game.into_iter();
        teams
            .map(|team| team.into_iter().map(ParticipantView::from).collect())
            .collect()
    };
    let (server, season, patch, average_rating, teams) = match game {
        Some(game) => (
            game.server,
            game.season,
            game.patch,
            game.average_rating,
            teams(game.teams),
        ),
        None => (None, None, None, None, Vec::new()),
    };
    Ok(axum::Json(WholeGame {
        game: listed.into(),
        server,
        season,
        patch,
        average_rating,
        teams,
    }))
}
