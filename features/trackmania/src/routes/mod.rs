//! The feature over HTTP: one verb a file, extract → action → view.

mod alert_delete;
mod alert_patch;
mod alerts_get;
mod alerts_post;
mod driver_notification_delete;
mod driver_notification_patch;
mod driver_notification_view;
mod driver_notifications_get;
mod driver_notifications_post;
mod map_records_get;
mod maps_get;
mod maps_search_post;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Trackmania;

impl Trackmania {
    pub fn routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(maps_get::find_maps))
            .routes(routes!(maps_search_post::search_records))
            .routes(routes!(map_records_get::list_map_records))
            .routes(routes!(alerts_get::list_alerts, alerts_post::create_alert))
            .routes(routes!(
                alert_patch::change_alert,
                alert_delete::delete_alert
            ))
            .routes(routes!(
                driver_notifications_get::list_driver_notifications,
                driver_notifications_post::create_driver_notification
            ))
            .routes(routes!(
                driver_notification_patch::change_driver_notification,
                driver_notification_delete::delete_driver_notification
            ))
            .with_state(self.clone())
    }
}
