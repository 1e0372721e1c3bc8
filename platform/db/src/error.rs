use std::time::Duration;

use kernel::{ErrorKind, Failure};

/// What can go wrong between us and PostgreSQL, once the server runs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke: nothing is known to be written. It comes back by itself.
    #[error("The database is not available right now. Try again in a moment.")]
    Unavailable(#[source] sqlx::Error),
    /// A statement that we wrote failed for a reason that we did not foresee.
    #[error("The server made a mistake. It has been logged.")]
    Query(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => true,
            // 08: connection exception, 40: rolled back (deadlock, serialization), 53: out of resources, such as
            // connections, 55P03: lock not available, 57: operator intervention (shutdown, crash, starting up,
            // statement time-out). https://www.postgresql.org/docs/15/errcodes-appendix.html
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "40", "53", "55P03", "57"]
                    .iter()
                    .any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        if away {
            Self::Unavailable(error)
        } else {
            Self::Query(error)
        }
    }
}

impl Error {
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The unique constraint that an insert broke, by its name.
    pub fn unique_violation(&self) -> Option<&str> {
        let (Self::Unavailable(error) | Self::Query(error)) = self;
        error
            .as_database_error()
            .filter(|error| error.is_unique_violation())
            .and_then(|error| error.constraint())
    }
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Query(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "database_unavailable",
            Self::Query(_) => "database_error",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.is_unavailable().then_some(Duration::from_secs(2))
    }
}

/// Why the server can't start on this database.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("Could not connect to the database: {0}")]
    Connect(#[source] sqlx::Error),
    #[error(
        "The database user may not create roles. Let an administrator run this once, then start again:\n\n{statements}"
    )]
    RolesMissing { statements: String },
    #[error("Could not prepare the database roles: {0}")]
    Roles(#[source] sqlx::Error),
    #[error("Could not bring the database's schema up to date: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}
