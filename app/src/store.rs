//! The database that a configuration names: one that is given, or our own.

use std::path::Path;
use std::time::Duration;

use db::private::PrivatePostgres;
use db::{Database, DatabaseConfig};

use crate::config::Config;

/// For the pool's connections to end; they are idle by then.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// An open database, and the PostgreSQL under it if it is ours.
pub struct Store {
    pub database: Database,
    postgres: Option<PrivatePostgres>,
}

impl Store {
    /// # Errors
    /// If PostgreSQL can't be started or reached, or the schema can't be brought up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let (options, postgres) = match &config.database.url {
            Some(url) => (url.clone(), None),
            None => {
                let postgres = PrivatePostgres::start(&config.server.data_dir).await?;
                (postgres.connect_options(), Some(postgres))
            }
        };
        let wanted = DatabaseConfig {
            options: options.application_name("grandstand"),
            max_connections: config.database.max_connections,
        };
        match Database::open(&wanted).await {
            Ok(database) => Ok(Self { database, postgres }),
            Err(error) => {
                stop(postgres).await;
                Err(error.into())
            }
        }
    }

    /// Where our own PostgreSQL keeps its files; none if it isn't ours.
    pub fn location(&self) -> Option<&Path> {
        self.postgres.as_ref().map(PrivatePostgres::location)
    }

    /// Closes the pool, and stops PostgreSQL if it is ours.
    pub async fn close(self) {
        if tokio::time::timeout(CLOSE_PATIENCE, self.database.close()).await.is_err() {
            tracing::warn!("some database connections were still busy and are cut");
        }
        stop(self.postgres).await;
    }
}

async fn stop(postgres: Option<PrivatePostgres>) {
    if let Some(postgres) = postgres
        && let Err(error) = postgres.stop().await
    {
        tracing::error!(%error, "PostgreSQL did not stop cleanly");
    }
}
