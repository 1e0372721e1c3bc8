use kernel::{Cursor, FeedbackId, Page, PageLimit, UserId};
use uuid::Uuid;

use crate::store::feedback::{self, Feedback};
use crate::{Error, Notifications};

/// What somebody tells us.
pub struct Told {
    pub user: Option<UserId>,
    pub message: String,
    pub rating: Option<i16>,
    pub page: Option<String>,
}

pub async fn give(notifications: &Notifications, told: Told) -> Result<Feedback, Error> {
    let clock = &notifications.clock;
    let feedback = Feedback {
        id: FeedbackId::new(clock.new_uuid()),
        user: told.user,
        message: told.message,
        rating: told.rating,
        page: told.page,
        created_at: clock.now(),
    };
    match feedback::insert(notifications.database.pool(), &feedback).await {
        Ok(()) => Ok(feedback),
        Err(error) if is_gone(&error) => Err(Error::AccountGone),
        Err(error) => Err(error.into()),
    }
}

/// The token has outlived its user.
pub fn is_gone(error: &db::Error) -> bool {
    let (db::Error::Query(cause) | db::Error::Unavailable(cause)) = error;
    cause
        .as_database_error()
        .is_some_and(|cause| cause.is_foreign_key_violation())
}

const LIST: &str = "feedback";

pub async fn list(
    notifications: &Notifications,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<Feedback>, Error> {
    let before = cursor
        .map(|cursor| Cursor::read::<Uuid>(cursor, LIST))
        .transpose()?;
    let one_more = limit.get() as i64 + 1;
    let found = feedback::list(notifications.database.pool(), before, one_more).await?;
    Ok(Page::from_overfetched(found, limit, |last| {
        Cursor::new(LIST, &last.id.uuid())
    }))
}
