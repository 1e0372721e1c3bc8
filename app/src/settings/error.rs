use std::time::Duration;

use kernel::{ErrorKind, Failure, FieldError};

use crate::config::ConfigError;

/// Why settings weren't changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("Some settings are not valid; see details.")]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl From<sqlx::Error> for SettingsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        let problems = error.problems.into_iter();
        Self::Invalid(
            problems
                .map(|problem| FieldError::new(problem.name.unwrap_or_default(), problem.message))
                .collect(),
        )
    }
}

impl Failure for SettingsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Database(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "validation_failed",
            Self::Database(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(details) => details.clone(),
            Self::Database(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Invalid(_) => None,
            Self::Database(error) => error.retry_after(),
        }
    }
}
