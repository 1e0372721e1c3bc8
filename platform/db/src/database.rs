use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, Postgres};
use uuid::Uuid;

use crate::{Error, StartError, roles};

/// The schema's whole history, compiled into the binary. What a later release has added is left alone: the release
/// before must run on the schema after.
pub static MIGRATIONS: Migrator = Migrator {
    ignore_missing: true,
    ..sqlx::migrate!("../../migrations")
};

pub type Transaction = sqlx::Transaction<'static, Postgres>;

#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub options: PgConnectOptions,
    /// Connections in the pool, at the most.
    pub max_connections: u32,
}

/// How long a request waits for a connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// The pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Connects, makes the roles, brings the schema up to date, and opens the pool.
    ///
    /// # Errors
    /// When the database can't be reached, the roles can't be made, or a migration fails.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, StartError> {
        let mut connection = PgConnection::connect_with(&config.options)
            .await
            .map_err(StartError::Connect)?;
        roles::ensure(&mut connection).await?;
        // Migrations run as the user that we connected as, who owns the tables.
        MIGRATIONS
            .run(&mut connection)
            .await
            .map_err(StartError::Migrate)?;
        connection.close().await.map_err(StartError::Connect)?;

        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A dead connection fails its request with a 503 and is replaced; asking first would cost
            // every request a round trip.
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(prepare(connection, "")))
            .connect_with(config.options.clone())
            .await
            .map_err(StartError::Connect)?;
        Ok(Self { pool })
    }

    /// A pool that has no connection and would make one only when used: for describing the API, which uses none.
    /// To be called within a tokio runtime.
    pub fn unconnected() -> Self {
        let options = PgConnectOptions::new_without_pgpass();
        Self {
            pool: PgPoolOptions::new().connect_lazy_with(options),
        }
    }

    /// One connection for a part of the server that must go on while requests use up the pool. It is made when it is
    /// first used, and again after it broke. `settings` are statements that each new connection begins with.
    pub fn apart(&self, settings: &'static str) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| Box::pin(prepare(connection, settings)))
            .connect_lazy_with((*self.pool.connect_options()).clone())
    }

    /// For single statements of the server's own work.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction of the server's own work, across users.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection can be had in time.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        Ok(self.pool.begin().await?)
    }

    /// A transaction of one user's request: row-level security shows it that user's rows only.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection can be had in time.
    pub async fn begin_as(&self, user: Uuid) -> Result<Transaction, Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("select set_config('role', $1, true), set_config('jwt.claims.sub', $2, true)")
            .bind(roles::REQUEST)
            .bind(user.to_string())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }

    /// Whether PostgreSQL answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it doesn't.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What each connection begins with.
async fn prepare(connection: &mut PgConnection, settings: &str) -> Result<(), sqlx::Error> {
    let statements = format!("set role {}; {settings}", roles::WRITER);
    connection
        .execute(sqlx::AssertSqlSafe(statements))
        .await
        .map(drop)
}
