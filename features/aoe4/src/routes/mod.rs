//! The feature over HTTP: one verb a file, extract → action → view.

mod game_get;
mod games_get;
mod sync_get;
mod sync_post;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Aoe4;

impl Aoe4 {
    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(games_get::list_games))
            .routes(routes!(sync_post::sync_games, sync_get::get_sync))
            .routes(routes!(game_get::get_game))
            .with_state(self.clone())
    }
}
