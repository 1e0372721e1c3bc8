//! The private PostgreSQL, really started, as whoever runs the tests: root or not. Each test has its own folder.

mod killed;
mod places;

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use db::private::{Condition, PrivatePostgres};
use nix::unistd::{Pid, geteuid};
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use tempfile::TempDir;

type Outcome = Result<(), Box<dyn Error>>;

/// A folder that others may pass through, as PostgreSQL's user has to where the tests run as root.
fn folder() -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("grandstand-test-")
        .tempdir()?;
    set_mode(folder.path(), 0o711)?;
    Ok(folder)
}

fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

async fn connect(postgres: &PrivatePostgres) -> Result<PgConnection, sqlx::Error> {
    postgres.connect_options().connect().await
}

async fn setting(connection: &mut PgConnection, name: &str) -> Result<String, sqlx::Error> {
    sqlx::query("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(connection)
        .await?
        .try_get(0)
}

async fn create_notes(postgres: &PrivatePostgres) -> Result<(), sqlx::Error> {
    let mut connection = connect(postgres).await?;
    sqlx::query("CREATE TABLE notes (text text NOT NULL)")
        .execute(&mut connection)
        .await?;
    sqlx::query("INSERT INTO notes SELECT 'kept ' || number FROM generate_series(1, 10000) number")
        .execute(&mut connection)
        .await?;
    connection.close().await
}

async fn count_notes(postgres: &PrivatePostgres) -> Result<i64, sqlx::Error> {
    let mut connection = connect(postgres).await?;
    sqlx::query("SELECT count(*) FROM notes")
        .fetch_one(&mut connection)
        .await?
        .try_get(0)
}

fn process_id(postgres: &PrivatePostgres) -> Option<u32> {
    match *postgres.condition().borrow() {
        Condition::Running { process_id } => Some(process_id),
        _ => None,
    }
}

fn pid(process_id: u32) -> Pid {
    Pid::from_raw(process_id.cast_signed())
}

#[tokio::test]
async fn the_first_start_makes_a_safe_database_and_the_next_finds_it() -> Outcome {
    let data = folder()?;
    let started = Instant::now();
    let postgres = PrivatePostgres::start(data.path()).await?;
    println!("first start: {:?}", started.elapsed());
    assert!(postgres.location().starts_with(data.path().canonicalize()?));
    assert!(postgres.programs().join("postgres").is_file());
    create_notes(&postgres).await?;
    let started = Instant::now();
    postgres.stop().await?;
    println!("stop: {:?}", started.elapsed());

    let started = Instant::now();
    let postgres = PrivatePostgres::start(data.path()).await?;
    println!("second start: {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(count_notes(&postgres).await?, 10_000);
    postgres.stop().await?;
    Ok(())
}

#[tokio::test]
async fn durability_is_on_and_the_socket_is_the_only_door() -> Outcome {
    let data = folder()?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    let mut connection = connect(&postgres).await?;
    let expected = [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("max_wal_size", "4GB"),
        ("TimeZone", "UTC"),
    ];
    for (name, value) in expected {
        assert_eq!(setting(&mut connection, name).await?, value, "{name}");
    }
    let row = sqlx::query(
        "SELECT datcollate, current_user::text FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await?;
    assert_eq!(row.try_get::<String, _>(0)?, "C");
    assert_eq!(row.try_get::<String, _>(1)?, "grandstand");

    // No other role gets in, not even one that has no password to ask for.
    sqlx::query("CREATE ROLE stranger LOGIN SUPERUSER")
        .execute(&mut connection)
        .await?;
    let stranger = postgres.connect_options().username("stranger");
    assert!(stranger.connect().await.is_err());
    connection.close().await?;

    // PostgreSQL knows nothing of our environment, and root's groups are gone.
    let id = process_id(&postgres).ok_or("not running")?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    if geteuid().is_root() {
        assert!(
            status
                .lines()
                .any(|line| line.trim_end().trim_end_matches('\t') == "Groups:")
        );
        assert!(!fs::read_to_string(format!("/proc/{id}/environ"))?.contains("CARGO"));
    }
    assert_ne!(
        nix::unistd::getpgid(Some(pid(id)))?,
        nix::unistd::getpgrp(),
        "a terminal's Ctrl-C would reach it"
    );
    postgres.stop().await?;
    Ok(())
}

/// They count, except where they would lose data or let strangers in.
#[tokio::test]
async fn the_administrators_settings_count() -> Outcome {
    let data = folder()?;
    PrivatePostgres::start(data.path()).await?.stop().await?;
    let local = data.path().join("postgres/config/local.conf");
    fs::write(
        &local,
        "max_connections = 33\nfsync = off\nlisten_addresses = '*'\n",
    )?;
    set_mode(&local, 0o644)?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    let mut connection = connect(&postgres).await?;
    for (name, value) in [
        ("max_connections", "33"),
        ("fsync", "on"),
        ("listen_addresses", ""),
    ] {
        assert_eq!(setting(&mut connection, name).await?, value, "{name}");
    }
    postgres.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused() -> Outcome {
    let data = folder()?;
    let first = PrivatePostgres::start(data.path()).await?;
    let Err(error) = PrivatePostgres::start(data.path()).await else {
        return Err("two servers on one folder".into());
    };
    assert_eq!(
        error.to_string(),
        format!(
            "Another Grandstand server (pid {}) is already using {}. Stop it, or give this one its own folder with DATA_DIR.",
            std::process::id(),
            data.path().canonicalize()?.display()
        )
    );
    // Whoever was refused took nothing away from the first.
    connect(&first).await?.close().await?;
    // A handle that is only dropped gives the folder free as well.
    drop(first);
    PrivatePostgres::start(data.path()).await?.stop().await?;
    Ok(())
}
