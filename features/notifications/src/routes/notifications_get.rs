use accounts::CurrentUser;
use axum::extract::State;
use http_api::{ApiQuery, ApiResult, ErrorBody};
use kernel::{Cursor, Moment, NotificationId, PageLimit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Notifications;
use crate::actions::history;
use crate::model::event::Importance;
use crate::store::notifications::{Delivery, Notification};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Query {
    /// Only those that were not read.
    unread: bool,
    /// How many to list: 1–100.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
    limit: PageLimit,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Something that the caller was told.
#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
#[serde(rename_all = "camelCase")]
struct NotificationView {
    id: NotificationId,
    #[schema(example = "review_ready")]
    event: String,
    title: String,
    body: String,
    /// A path of this server.
    link: Option<String>,
    /// `low`, `normal` or `high`.
    importance: &'static str,
    created_at: Moment,
    read_at: Option<Moment>,
    /// When the daily digest that holds it comes, or came.
    digest_due_at: Option<Moment>,
    /// What became of it on other channels.
    deliveries: Vec<DeliveryView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "camelCase")]
struct DeliveryView {
    /// `email`, `discord` or `webhook`.
    channel: String,
    /// `pending`, `sending`, `sent`, `failed`, `skipped`, or `unknown`: it may have arrived, and is not sent again.
    status: String,
    attempts: i16,
    /// Why it failed, is tried again, or was skipped.
    reason: Option<String>,
    finished_at: Option<Moment>,
}

/// A page of the history.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationList {
    notifications: Vec<NotificationView>,
    /// Of the whole history.
    unread_count: i64,
    #[schema(value_type = Option<String>)]
    next_cursor: Option<Cursor>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            channel: delivery.channel,
            status: delivery.status,
            attempts: delivery.attempts,
            reason: delivery.reason,
            finished_at: delivery.finished_at.map(Moment),
        }
    }
}

impl From<Notification> for NotificationView {
    fn from(notification: Notification) -> Self {
        Self {
            id: notification.id,
            event: notification.event,
            title: notification.title,
            body: notification.body,
            link: notification.link,
            importance: Importance::as_str(notification.importance),
            created_at: notification.created_at.into(),
            read_at: notification.read_at.map(Moment),
            digest_due_at: notification.digest_due_at.map(Moment),
            deliveries: notification
                .deliveries
                .into_iter()
                .map(Into::into)
                .collect(),
        }
    }
}

/// List what the caller was told
///
/// Over all channels, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    operation_id = "listNotifications",
    tag = "Notifications",
    security(("user" = [])),
    params(Query),
    responses(
        (status = 200, description = "A page", body = NotificationList),
        (status = 400, description = "`invalid_query`, `invalid_cursor`", body = ErrorBody),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
    ),
)]
pub(super) async fn list_notifications(
    State(notifications): State<Notifications>,
    user: CurrentUser,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<axum::Json<NotificationList>> {
    let history = history::list(
        &notifications,
        user.id,
        query.unread,
        query.limit,
        query.cursor.as_deref(),
    )
    .await?;
    let page = history.page.map(NotificationView::from);
    Ok(axum::Json(NotificationList {
        notifications: page.items,
        unread_count: history.unread,
        next_cursor: page.next,
    }))
}
