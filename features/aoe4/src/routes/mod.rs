//! The feature over HTTP: one verb a file, extract → action → view.

mod game_get;
mod game_review_post;
mod games_get;
mod review_get;
mod review_share_delete;
mod review_share_post;
mod reviews_get;
mod reviews_shared_get;
mod reviews_trends_get;
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
            .routes(routes!(game_review_post::request_review))
            .routes(routes!(reviews_get::list_reviews))
            .routes(routes!(reviews_trends_get::get_review_trends))
            .routes(routes!(reviews_shared_get::get_shared_review))
            .routes(routes!(review_get::get_review))
            .routes(routes!(
                review_share_post::share_review,
                review_share_delete::unshare_review
            ))
            .with_state(self.clone())
    }
}
