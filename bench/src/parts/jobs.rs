//! Jobs that do nothing: how many, how soon, and whether a long queue is slower than a short one.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use db::{Database, DatabaseConfig, Notices};
use jobs::{
    CHANNELS, Done, Job, JobError, Jobs, New, Queue, Registry, Running, Worker, WorkerConfig,
};
use kernel::Clock;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Stage;
use crate::numbers::median;
use crate::report::{Line, Report, Wanted};

const DATABASE: &str = "jobs";
const WORKERS: usize = 4;
const SHORT: u64 = 1000;
/// Pick-ups whose time is taken while nothing else waits.
const IDLE: usize = 500;
/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Serialize, Deserialize)]
struct Empty;

impl Job for Empty {
    const KIND: &'static str = "bench.empty";
    const QUEUE: Queue = Queue::new("bench", WORKERS);
}

/// What the handlers have done.
#[derive(Clone, Default)]
struct Counter {
    count: Arc<AtomicU64>,
    begun: Arc<Notify>,
}

async fn run(_: Empty, counter: Counter, _: Running) -> Result<Done, JobError> {
    counter.count.fetch_add(1, Ordering::Relaxed);
    counter.begun.notify_one();
    Ok(Done::empty())
}

struct Shop<'a> {
    stage: &'a Stage,
    database: Database,
    jobs: Jobs,
    counter: Counter,
    _notices: DropGuard,
}

pub(super) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let long = stage.scale.players;
    let create = format!("create database {DATABASE} template template0");
    let mut connection = stage.cluster.connect(None).await?;
    connection.execute(AssertSqlSafe(create)).await?;
    connection.close().await?;
    let shop = Shop::open(stage).await?;
    report.say("jobs: throughput");
    let mut rates = Vec::new();
    for _ in 0..stage.scale.rounds {
        shop.fill(long / 20).await?;
        let took = shop.time_of(long / 20).await?;
        rates.push((long / 20) as f64 / took.as_secs_f64());
    }
    report.add(
        Line::new("empty jobs, 4 at a time", "a second")
            .ours(median(rates))
            .wanted(Wanted::AtLeast(5000.0))
            .note("picked up, run, and written down as done"),
    );
    report.say("jobs: pick-up when idle");
    let mut waits = shop.idle_waits().await?;
    waits.sort_by(f64::total_cmp);
    report.add(
        Line::new("pick-up of a job when idle, p99", "ms")
            .ours(waits[waits.len() * 99 / 100])
            .wanted(Wanted::AtMost(20.0))
            .note(&format!(
                "p50 {:.2} ms, from COMMIT to the handler",
                waits[waits.len() / 2]
            )),
    );
    report.say("jobs: a long queue against a short one");
    let (mut short, mut deep) = (Vec::new(), Vec::new());
    for _ in 0..stage.scale.rounds.max(3) {
        shop.fill(SHORT).await?;
        short.push(shop.time_of(SHORT).await?.as_secs_f64());
        shop.fill(long).await?;
        deep.push(shop.time_of(SHORT).await?.as_secs_f64());
    }
    let (short, deep) = (median(short), median(deep));
    report.add(
        Line::new(
            &format!("a thousand jobs out of {long}, against a thousand alone"),
            "times",
        )
        .ours(deep / short)
        .wanted(Wanted::AtMost(1.5))
        .note(&format!(
            "{:.0} ms against {:.0} ms",
            deep * 1e3,
            short * 1e3
        )),
    );
    shop.database.close().await;
    Ok(())
}

impl<'a> Shop<'a> {
    async fn open(stage: &'a Stage) -> Result<Self> {
        let config = DatabaseConfig {
            options: stage.cluster.options(Some(DATABASE)),
            max_connections: 8,
        };
        let database = Database::open(&config).await?;
        let stop = CancellationToken::new();
        let notices = Notices::start(&database, &CHANNELS, stop.clone());
        Ok(Self {
            stage,
            jobs: Jobs::new(database.clone(), Clock::system(), notices),
            database,
            counter: Counter::default(),
            _notices: stop.drop_guard(),
        })
    }

    fn worker(&self) -> Result<Worker> {
        let mut registry = Registry::new();
        registry.register(self.counter.clone(), run);
        let workers = NonZeroUsize::new(WORKERS).context("there are some")?;
        Ok(Worker::start(
            &self.jobs,
            registry,
            WorkerConfig::new(workers),
        ))
    }

    /// Exactly this many jobs, with ids in the order of time, as ours are; a hundred in each round of turns.
    async fn fill(&self, count: u64) -> Result<()> {
        // As the owner: only that one may empty the table at once.
        let mut connection = self.stage.cluster.connect(Some(DATABASE)).await?;
        connection.execute("truncate jobs").await?;
        let insert = format!(
            "insert into jobs (id, queue, kind, payload, priority, state, start, due_at, most_attempts, created_at)
             select ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, 'bench', 'bench.empty', 'null', 1, 'queued', number / 100 + 1, now(), 3, now()
             from generate_series(0, {count} - 1) as number"
        );
        connection.execute(AssertSqlSafe(insert)).await?;
        // What autovacuum would do in the middle of the measurements.
        connection.execute("vacuum analyze jobs").await?;
        connection.close().await?;
        Ok(())
    }

    /// From the start of a worker until this many have ended.
    async fn time_of(&self, count: u64) -> Result<Duration> {
        let before = self.counter.count.load(Ordering::Relaxed);
        let began = Instant::now();
        let worker = self.worker()?;
        while self.counter.count.load(Ordering::Relaxed) < before + count {
            tokio::time::timeout(PATIENCE, self.counter.begun.notified()).await?;
        }
        // What has begun is written down too.
        worker.stop(PATIENCE).await;
        let took = began.elapsed();
        let ended = "select count(*) from jobs where state = 'succeeded'";
        let ended: i64 = sqlx::query_scalar(ended)
            .fetch_one(self.database.pool())
            .await?;
        ensure!(
            ended.cast_unsigned() >= count,
            "{ended} are done, not {count}"
        );
        Ok(took)
    }

    /// Milliseconds from COMMIT to the handler.
    async fn idle_waits(&self) -> Result<Vec<f64>> {
        self.fill(0).await?;
        let worker = self.worker()?;
        let mut waits = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            let begun = self.counter.begun.notified();
            let mut transaction = self.database.begin().await?;
            let enqueued = self.jobs.enqueue(&mut transaction, New::of(&Empty)).await?;
            ensure!(enqueued.is_new, "each is a new one");
            transaction.commit().await?;
            let committed = Instant::now();
            tokio::time::timeout(PATIENCE, begun).await?;
            waits.push(committed.elapsed().as_secs_f64() * 1e3);
        }
        worker.stop(PATIENCE).await;
        Ok(waits)
    }
}
