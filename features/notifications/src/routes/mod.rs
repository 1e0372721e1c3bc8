//! The feature over HTTP: one verb a file, extract → action → view.

mod admin_digest_preview_get;
mod admin_feedback_get;
mod email_resume_post;
mod feedback_post;
mod notifications_get;
mod preferences;
mod preferences_get;
mod preferences_put;
mod read_post;
mod unsubscribe;
mod unsubscribe_get;
mod unsubscribe_post;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Notifications;

impl Notifications {
    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(notifications_get::list_notifications))
            .routes(routes!(read_post::mark_notifications_read))
            .routes(routes!(
                preferences_get::get_notification_preferences,
                preferences_put::put_notification_preferences
            ))
            .routes(routes!(email_resume_post::resume_email))
            .routes(routes!(
                unsubscribe_get::show_unsubscribe_page,
                unsubscribe_post::unsubscribe
            ))
            .routes(routes!(feedback_post::give_feedback))
            .with_state(self.clone())
    }

    pub fn admin_routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(admin_feedback_get::list_feedback))
            .routes(routes!(admin_digest_preview_get::preview_digest))
            .with_state(self.clone())
    }
}
