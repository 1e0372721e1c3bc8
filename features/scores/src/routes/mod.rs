//! The feature over HTTP: one verb a file, extract → action → view.

mod actions_post;
mod admin_leaderboards_delete;
mod admin_leaderboards_patch;
mod admin_leaderboards_post;
mod admin_leaderboards_sync_post;
mod leaderboards_around_get;
mod leaderboards_entries_get;
mod leaderboards_entry_get;
mod leaderboards_events_get;
mod leaderboards_get;
mod leaderboards_list_get;
mod scores_list_get;
mod scores_post;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use kernel::PageLimit;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Scores;

impl Scores {
    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(actions_post::issue_action))
            .routes(routes!(
                scores_post::submit_score,
                scores_list_get::list_scores
            ))
            .routes(routes!(leaderboards_list_get::list_leaderboards))
            .routes(routes!(leaderboards_get::get_leaderboard))
            .routes(routes!(leaderboards_entries_get::list_entries))
            .routes(routes!(leaderboards_entry_get::get_entry))
            .routes(routes!(leaderboards_around_get::list_entries_around))
            .routes(routes!(leaderboards_events_get::watch_leaderboard))
            .with_state(self.clone())
    }

    pub fn admin_routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(admin_leaderboards_post::create_leaderboard))
            .routes(routes!(
                admin_leaderboards_patch::change_leaderboard,
                admin_leaderboards_delete::delete_leaderboard
            ))
            .routes(routes!(admin_leaderboards_sync_post::sync_leaderboard))
            .with_state(self.clone())
    }
}

/// How a list is paged.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
struct Paging {
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// An answer that is JSON text already.
fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
