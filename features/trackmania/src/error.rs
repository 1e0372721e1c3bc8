use std::time::Duration;

use kernel::{CursorError, ErrorKind, Failure, FieldError};

use crate::upstream::UpstreamError;

/// What can go wrong here. Each sentence is for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Trackmania knows no map with this uid. Look it up by name: GET /maps?query=.")]
    MapNotFound,
    #[error("Trackmania Exchange knows no mapper of this name, or none with a map.")]
    MapperNotFound,
    #[error("Several mappers could be meant. Say which one by mapperId; see details.")]
    MapperAmbiguous(Vec<FieldError>),
    #[error("There is no such alert of yours.")]
    AlertNotFound,
    #[error("You have a hundred alerts, which is the most. Delete one first.")]
    AlertsTooMany,
    #[error(
        "Link your Trackmania account first: GET /link/trackmania/start, or POST /link/trackmania."
    )]
    NotLinked,
    #[error("Prove first that the Trackmania account is yours: GET /link/trackmania/start.")]
    NotVerified,
    #[error("You are not among the best five of this map now. Drive a better time, and ask again.")]
    NotInTop,
    #[error("You have a hundred driver notifications, and no more are watched. Delete one first.")]
    DriverNotificationsTooMany,
    #[error("There is no such driver notification among yours.")]
    DriverNotificationNotFound,
    #[error("Some fields are not valid; see details.")]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Upstream(UpstreamError),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::MapNotFound
            | Self::MapperNotFound
            | Self::AlertNotFound
            | Self::DriverNotificationNotFound => ErrorKind::NotFound,
            Self::MapperAmbiguous(_)
            | Self::AlertsTooMany
            | Self::NotLinked
            | Self::NotVerified
            | Self::DriverNotificationsTooMany => ErrorKind::Conflict,
            Self::Invalid(_) | Self::NotInTop => ErrorKind::Invalid,
            Self::Upstream(error) => error.kind(),
            Self::Cursor(error) => error.kind(),
            Self::Database(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MapNotFound => "map_not_found",
            Self::MapperNotFound => "mapper_not_found",
            Self::MapperAmbiguous(_) => "mapper_ambiguous",
            Self::AlertNotFound => "alert_not_found",
            Self::AlertsTooMany => "alerts_too_many",
            Self::NotLinked => "trackmania_not_linked",
            Self::NotVerified => "trackmania_not_verified",
            Self::NotInTop => "not_in_top_5",
            Self::DriverNotificationsTooMany => "driver_notifications_too_many",
            Self::DriverNotificationNotFound => "driver_notification_not_found",
            Self::Invalid(_) => "validation_failed",
            Self::Upstream(error) => error.code(),
            Self::Cursor(error) => error.code(),
            Self::Database(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(fields) | Self::MapperAmbiguous(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Upstream(error) => error.retry_after(),
            Self::Database(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<UpstreamError> for Error {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Database(error) => Self::Database(error),
            error => Self::Upstream(error),
        }
    }
}
