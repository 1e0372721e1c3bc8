//! A private PostgreSQL of the run's own, as Grandstand configures it, filled with made-up players.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use db::DatabaseConfig;
use db::private::PrivatePostgres;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::players::Players;

/// The game whose board has as many players as `global`.
pub const GAME: &str = "arena";
/// A board of few players.
pub const SMALL_BOARD: &str = "small";
pub const SMALL_BOARD_PLAYERS: u64 = 1000;

/// The database whose boards have few players, for streams: with millions, the memory that loading has left
/// behind would hide what a stream takes.
pub const LIVE_DATABASE: &str = "live";

/// The cluster. To be ended with [`Cluster::stop`].
#[derive(Debug)]
pub struct Cluster {
    postgres: PrivatePostgres,
    folder: PathBuf,
}

impl Cluster {
    /// Starts an empty cluster in this folder, in place of what an earlier run has left there.
    pub async fn start(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("could not empty {}", folder.display()))?;
        }
        let postgres = PrivatePostgres::start(folder).await?;
        let home = postgres
            .location()
            .parent()
            .context("the cluster has a home")?
            .to_owned();
        postgres.stop().await?;
        // Room for 64 connections of the load generator beside the server's.
        fs::write(home.join("config/local.conf"), "max_connections = 120\n")?;
        let postgres = PrivatePostgres::start(folder).await?;
        Ok(Self {
            postgres,
            folder: folder.to_owned(),
        })
    }

    /// How to reach a database of the cluster; none for Grandstand's own.
    pub fn options(&self, database: Option<&str>) -> PgConnectOptions {
        let options = self.postgres.connect_options();
        match database {
            Some(database) => options.database(database),
            None => options,
        }
    }

    pub async fn connect(&self, database: Option<&str>) -> Result<PgConnection> {
        Ok(self.options(database).connect().await?)
    }

    /// The folder with PostgreSQL's programs.
    pub fn programs(&self) -> &Path {
        self.postgres.programs()
    }

    /// PostgreSQL's first process.
    pub fn process_id(&self) -> Result<u32> {
        let text = fs::read_to_string(self.postgres.location().join("postmaster.pid"))?;
        let first = text.lines().next().context("PostgreSQL is running")?;
        Ok(first.parse()?)
    }

    /// Stops it, and leaves nothing behind.
    pub async fn stop(self) -> Result<()> {
        let location = self.postgres.location().to_owned();
        self.postgres.stop().await?;
        // Where PostgreSQL's user can't reach our folder, the cluster lies in one that is its own.
        if let Some(elsewhere) = location.ancestors().nth(2)
            && !elsewhere.ends_with(&self.folder)
            && fs::canonicalize(&self.folder)? != elsewhere
        {
            fs::remove_dir_all(elsewhere)?;
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    /// Makes the schema, and puts these players on `global` and on the game's board, and some on the small one.
    pub async fn fill(&self, database: Option<&str>, players: &Players) -> Result<()> {
        if let Some(database) = database {
            let create = format!("create database {database} template template0");
            self.connect(None)
                .await?
                .execute(AssertSqlSafe(create))
                .await?;
        }
        let config = DatabaseConfig {
            options: self.options(database),
            max_connections: 1,
        };
        db::Database::open(&config).await?.close().await;

        let mut connection = self.connect(database).await?;
        copy_players(&mut connection, players).await?;
        let statements = format!(
            "select setseed(0.5);
             insert into leaderboards (id, game_id, title, score_order, operator, created_at) values
                 ('{GAME}', '{GAME}', 'Arena', 'desc', 'sum', now()),
                 ('{SMALL_BOARD}', '{SMALL_BOARD}', 'Small', 'desc', 'sum', now());
             insert into scores (leaderboard_number, period, user_id, score, reached_at)
                 select number, 0, users.id, random() * 10000000, now() - random() * interval '100 days'
                 from leaderboards, users where leaderboards.id in ('global', '{GAME}') order by number, users.id;
             insert into scores (leaderboard_number, period, user_id, score, reached_at)
                 select number, 0, users.id, random() * 10000000, now() - random() * interval '100 days'
                 from leaderboards, (select id from users order by id limit {SMALL_BOARD_PLAYERS}) users
                 where leaderboards.id = '{SMALL_BOARD}';
             insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at, latest_since)
                 select user_id, '{GAME}', score, score, 1, reached_at, reached_at
                 from scores join leaderboards on number = leaderboard_number where id = '{GAME}';
             create table bench_upsert (id integer primary key, score bigint not null) with (fillfactor = 80);"
        );
        connection.execute(AssertSqlSafe(statements)).await?;
        // What autovacuum would do in the middle of the measurements.
        connection.execute("vacuum (freeze, analyze)").await?;
        connection.execute("checkpoint").await?;
        connection.close().await?;
        Ok(())
    }
}

async fn copy_players(connection: &mut PgConnection, players: &Players) -> Result<()> {
    let mut copy = connection
        .copy_in_raw("copy users (id, screen_name, avatar, created_at) from stdin")
        .await?;
    let mut block = String::new();
    for line in players.copy_lines() {
        block.push_str(&line);
        if block.len() > 1 << 20 {
            copy.send(block.as_bytes()).await?;
            block.clear();
        }
    }
    copy.send(block.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}
