//! The ceiling of writes: one-row upserts, each a transaction of its own, by the leanest client that there is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use rand::Rng;
use sqlx::postgres::PgConnection;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::database::Cluster;

const CONNECTIONS: u32 = 64;
const UPSERT: &str = "insert into bench_upsert (id, score) values ($1, 1) \
                      on conflict (id) do update set score = bench_upsert.score + 1";

/// Fills the table, so that every upsert is an update.
pub async fn prepare(cluster: &Cluster, rows: u64) -> Result<()> {
    let mut connection = cluster.connect(None).await?;
    sqlx::query("insert into bench_upsert (id, score) select generate_series(1, $1::bigint), 0")
        .bind(i64::try_from(rows)?)
        .execute(&mut connection)
        .await?;
    sqlx::query("vacuum (freeze, analyze) bench_upsert")
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Upserts by second over 64 connections, with pgbench where it is installed.
pub async fn upserts_each_second(
    cluster: &Cluster,
    rows: u64,
    time: Duration,
    folder: &Path,
) -> Result<f64> {
    match pgbench(cluster) {
        Some(program) => by_pgbench(&program, cluster, rows, time, folder).await,
        None => by_ourselves(cluster, rows, time).await,
    }
}

pub fn client(cluster: &Cluster) -> &'static str {
    if pgbench(cluster).is_some() {
        "pgbench"
    } else {
        "sqlx"
    }
}

fn pgbench(cluster: &Cluster) -> Option<PathBuf> {
    let program = cluster.programs().join("pgbench");
    program.exists().then_some(program)
}

async fn by_pgbench(
    program: &Path,
    cluster: &Cluster,
    rows: u64,
    time: Duration,
    folder: &Path,
) -> Result<f64> {
    let script = folder.join("upsert.sql");
    let statement = UPSERT.replace("$1", ":id");
    fs::write(
        &script,
        format!("\\set id random(1, {rows})\n{statement};\n"),
    )?;
    let options = cluster.options(None);
    let socket = options
        .get_socket()
        .context("the private PostgreSQL has a socket")?;
    let output = Command::new(program)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={CONNECTIONS}"))
        .arg(format!("--time={}", time.as_secs().max(1)))
        .arg("--file")
        .arg(&script)
        .arg("--host")
        .arg(socket)
        .args(["--port=5432", "--username", options.get_username()])
        .arg(
            options
                .get_database()
                .context("the private PostgreSQL has a database")?,
        )
        .kill_on_drop(true)
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    match rate {
        Some(rate) if output.status.success() => Ok(rate),
        _ => bail!(
            "pgbench failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

async fn by_ourselves(cluster: &Cluster, rows: u64, time: Duration) -> Result<f64> {
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut connection = cluster.connect(None).await?;
        tasks.spawn(async move {
            let begun = Instant::now();
            let mut count = 0_u64;
            while begun.elapsed() < time {
                upsert(&mut connection, rows).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(done) = tasks.join_next().await {
        count += done??;
    }
    Ok(count as f64 / time.as_secs_f64())
}

/// How long one upsert takes on one connection, COMMIT and all: the median, in milliseconds.
pub async fn one_commit(cluster: &Cluster, rows: u64, time: Duration) -> Result<f64> {
    let mut connection = cluster.connect(None).await?;
    let mut latencies = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let begun = Instant::now();
    while begun.elapsed() < time {
        let sent = Instant::now();
        upsert(&mut connection, rows).await?;
        latencies.saturating_record(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Ok(latencies.value_at_quantile(0.5) as f64 / 1000.0)
}

async fn upsert(connection: &mut PgConnection, rows: u64) -> Result<()> {
    let id = rand::rng().random_range(1..=i32::try_from(rows)?);
    sqlx::query(UPSERT).bind(id).execute(connection).await?;
    Ok(())
}
