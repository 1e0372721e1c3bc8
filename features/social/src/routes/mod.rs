//! The feature over HTTP: one verb a file, extract → action → view.

mod blocks_delete;
mod blocks_get;
mod blocks_put;
mod followers_get;
mod following_delete;
mod following_get;
mod following_put;
mod presence_get;
mod presence_put;
mod user_games_get;
mod user_get;
mod users_get;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Social;

impl Social {
    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(following_get::list_following))
            .routes(routes!(followers_get::list_followers))
            .routes(routes!(following_put::follow, following_delete::unfollow))
            .routes(routes!(
                presence_put::put_presence,
                presence_get::get_presence
            ))
            .routes(routes!(users_get::find_users))
            .routes(routes!(user_get::get_user))
            .routes(routes!(user_games_get::list_user_games))
            .routes(routes!(blocks_get::list_blocks))
            .routes(routes!(blocks_put::block, blocks_delete::unblock))
            .with_state(self.clone())
    }
}
