//! The database that a configuration names: one that is given, or our own.

use std::path::Path;
use std::time::Duration;

use db::private::{PrivatePostgres, PrivatePostgresError};
use db::{Database, DatabaseConfig};
use sqlx::postgres::PgConnectOptions;

use crate::config::Config;

/// For the pool's connections to end; they are idle by then.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// An open database, and the PostgreSQL under it if it is ours.
pub struct Store {
    pub database: Database,
    postgres: Option<PrivatePostgres>,
}

impl Store {
    /// For a server, which has its data folder to itself.
    ///
    /// # Errors
    /// If PostgreSQL can't be started or reached, or the schema can't be brought up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database.url {
            return Self::connect(config, url.clone(), None).await;
        }
        let postgres = PrivatePostgres::start(&config.server.data_dir).await?;
        Self::connect(config, postgres.connect_options(), Some(postgres)).await
    }

    /// For a command, which may run beside a server and then uses that one's PostgreSQL.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_for_command(config: &Config) -> anyhow::Result<Self> {
        let data_dir = &config.server.data_dir;
        match Self::open(config).await {
            Err(error)
                if matches!(
                    error.downcast_ref(),
                    Some(PrivatePostgresError::AlreadyInUse { .. })
                ) =>
            {
                Self::connect(config, db::private::running(data_dir)?, None).await
            }
            opened => opened,
        }
    }

    async fn connect(
        config: &Config,
        options: PgConnectOptions,
        postgres: Option<PrivatePostgres>,
    ) -> anyhow::Result<Self> {
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
        if tokio::time::timeout(CLOSE_PATIENCE, self.database.close())
            .await
            .is_err()
        {
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
