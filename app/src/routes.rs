//! The routes of what belongs to no feature: one verb a file.

mod events_get;
mod events_ticket_post;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::events::Events;

/// The caller's own live events.
pub fn events(events: &Events) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(events_get::watch_events))
        .routes(routes!(events_ticket_post::issue_event_ticket))
        .with_state(events.clone())
}
