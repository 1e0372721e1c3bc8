//! The routes of what belongs to no feature: one verb a file.

mod admin_config;
mod admin_config_get;
mod admin_config_patch;
mod admin_overview_get;
mod events_get;
mod events_ticket_post;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::events::Events;
use crate::overview::Overview;
use crate::settings::Settings;

/// The caller's own live events.
pub fn events(events: &Events) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(events_get::watch_events))
        .routes(routes!(events_ticket_post::issue_event_ticket))
        .with_state(events.clone())
}

/// Settings that may change while the server runs. To be put behind the guard of admin routes.
pub fn settings(settings: &Settings) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(
            admin_config_get::get_config,
            admin_config_patch::change_config
        ))
        .with_state(settings.clone())
}

/// A day at a glance. To be put behind the guard of admin routes.
pub fn overview(overview: &Overview) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(admin_overview_get::get_overview))
        .with_state(overview.clone())
}
