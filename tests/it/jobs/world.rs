//! A database, a clock that only the test moves, and as many workers as a test wants.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use db::{Database, DatabaseConfig, Notices};
use jiff::Timestamp;
use jobs::{
    CHANNELS, Done, Found, Job, JobError, Jobs, New, Priority, Queue, Registry, Retry, Running,
    Sqs, State, Transport, Worker, WorkerConfig,
};
use kernel::{Clock, JobId, UserId};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::harness::{TestDatabase, aws, eventually};

/// A job that does what it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    pub act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    Succeed,
    Fail,
    Fatal,
    Panic,
    GiveUp,
    /// Waits until the test opens the gate.
    Wait,
    /// Writes a row in the transaction that ends the job.
    Effect,
    /// Waits for the gate, then the same.
    LateEffect,
    /// Fails with a wish when to be called again.
    FailForLong,
    Progress,
}

pub fn step(name: &str, act: Act) -> Step {
    Step {
        name: name.to_owned(),
        act,
    }
}

impl Job for Step {
    const KIND: &'static str = "test.step";
    const QUEUE: Queue = Queue::new("steps", 4);
}

/// A step that somebody waits for, and one that nobody does.
#[derive(Debug, Serialize, Deserialize)]
pub struct Urgent(pub Step);
#[derive(Debug, Serialize, Deserialize)]
pub struct Leisurely(pub Step);

impl Job for Urgent {
    const KIND: &'static str = "test.urgent";
    const QUEUE: Queue = Queue::new("steps", 4);
    const PRIORITY: Priority = Priority::High;
}

impl Job for Leisurely {
    const KIND: &'static str = "test.leisurely";
    const QUEUE: Queue = Queue::new("steps", 4);
    const PRIORITY: Priority = Priority::Low;
}

/// Never ends by itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Endless;

impl Job for Endless {
    const KIND: &'static str = "test.endless";
    const QUEUE: Queue = Queue::new("endless", 4);
    const TIMEOUT: Duration = Duration::from_millis(50);
}

/// Fails each time, and wants to be tried again at once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hasty;

impl Job for Hasty {
    const KIND: &'static str = "test.hasty";
    const QUEUE: Queue = Queue::new("steps", 4);
    const RETRY: Retry = Retry {
        base: Duration::ZERO,
        ..Retry::DEFAULT
    };
}

/// What the handlers of all workers share.
#[derive(Clone)]
pub struct Stage {
    database: Database,
    /// Names of steps in the order in which they began.
    pub begun: Arc<Mutex<Vec<String>>>,
    /// Those that wait go on when there is a permit.
    pub gate: Arc<Semaphore>,
}

impl Stage {
    async fn play(step: Step, stage: Self, running: Running) -> Result<Done, JobError> {
        stage.begun.lock().push(step.name.clone());
        match step.act {
            Act::Succeed => Done::with(&step.name),
            Act::Fail => Err(JobError::retry(format_args!(
                "attempt {} went wrong",
                running.attempt()
            ))),
            Act::FailForLong => Err(JobError::retry_after("not now", Duration::from_secs(7200))),
            Act::Fatal => Err(JobError::fatal("in vain")),
            Act::Panic => panic!("the handler panics"),
            Act::GiveUp => Err(JobError::Cancelled),
            Act::Wait => {
                stage.pass().await;
                Ok(Done::empty())
            }
            Act::Effect => stage.effect(&step, &running).await,
            Act::LateEffect => {
                stage.pass().await;
                stage.effect(&step, &running).await
            }
            Act::Progress => {
                running.progress(1, 3, "one");
                stage.pass().await;
                running.progress(3, 3, "all");
                Ok(Done::empty())
            }
        }
    }

    async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }

    async fn effect(&self, step: &Step, running: &Running) -> Result<Done, JobError> {
        let mut transaction = self.database.begin().await?;
        // Any table does that keeps all it is given.
        let insert =
            "insert into audit_log (at, action, subject) values (now(), 'test.effect', $1)";
        sqlx::query(insert)
            .bind(&step.name)
            .execute(&mut *transaction)
            .await
            .map_err(db::Error::from)?;
        running.complete_with(transaction, &"effect").await
    }
}

/// The queues of a test, as AWS has them.
pub struct SqsQueues {
    pub client: aws_sdk_sqs::Client,
    /// Their URLs.
    pub steps: String,
    pub dead: String,
}

pub struct World {
    pub database: Arc<TestDatabase>,
    pub pool: Database,
    pub clock: Clock,
    pub jobs: Jobs,
    pub stage: Stage,
    pub transport: Transport,
    /// How late the message of a failed job may be. Without patience it comes by the test's clock, not by that of SQS.
    pub overdue: Duration,
    /// Between two signs of life of a worker.
    pub heartbeat: Duration,
    _notices: DropGuard,
}

impl World {
    /// Over the transport that TEST_JOB_TRANSPORT names: all that is promised of both is tested over both.
    pub async fn start() -> Self {
        if std::env::var_os("TEST_JOB_TRANSPORT").is_some_and(|transport| transport == "sqs") {
            Self::over_sqs().await.0
        } else {
            Self::over_postgres().await
        }
    }

    /// For what is promised on PostgreSQL alone: order.
    pub async fn over_postgres() -> Self {
        let database = TestDatabase::create().await;
        Self::on(database.url(), database).await
    }

    /// With queues of its own in SQS; the second one is where they can be looked at.
    pub async fn over_sqs() -> (Self, SqsQueues) {
        Self::over_sqs_with(3).await
    }

    /// The same, with steps whose messages are given out so often at the most.
    pub async fn over_sqs_with(receives: u32) -> (Self, SqsQueues) {
        let config = aws::config(aws::endpoint().await);
        let client = aws_sdk_sqs::Client::new(&config);
        let name = uuid::Uuid::new_v4().simple().to_string();
        let (steps, dead) = aws::make_queue(&client, &format!("{name}-steps"), receives).await;
        aws::make_queue(&client, &format!("{name}-endless"), 3).await;
        let prefix = steps
            .strip_suffix("steps")
            .expect("the URL ends with the name");
        let database = TestDatabase::create().await;
        let mut world = Self::on(database.url(), database).await;
        world.transport = Transport::Sqs(Sqs::new(&config, prefix));
        let queues = SqsQueues {
            client,
            steps,
            dead,
        };
        (world, queues)
    }

    /// On another PostgreSQL than the tests' own, or on a server's database.
    pub async fn on(url: String, database: impl Into<Arc<TestDatabase>>) -> Self {
        Self::on_from(Clock::system().now(), url, database).await
    }

    /// On PostgreSQL, from this moment on.
    pub async fn from(now: Timestamp) -> Self {
        let database = TestDatabase::create().await;
        Self::on_from(now, database.url(), database).await
    }

    async fn on_from(now: Timestamp, url: String, database: impl Into<Arc<TestDatabase>>) -> Self {
        let config = DatabaseConfig {
            options: url.parse().unwrap(),
            max_connections: 6,
        };
        let pool = Database::open(&config).await.unwrap();
        let clock = Clock::manual(now);
        let stop = CancellationToken::new();
        let notices = Notices::start(&pool, &CHANNELS, stop.clone());
        Self {
            jobs: Jobs::new(pool.clone(), clock.clone(), notices),
            stage: Stage {
                database: pool.clone(),
                begun: Arc::default(),
                gate: Arc::new(Semaphore::new(0)),
            },
            transport: Transport::Postgres,
            overdue: Duration::ZERO,
            heartbeat: Duration::from_millis(20),
            database: database.into(),
            pool,
            clock,
            _notices: stop.drop_guard(),
        }
    }

    pub fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        registry.register(self.stage.clone(), Stage::play);
        registry.register(
            self.stage.clone(),
            async |Urgent(step): Urgent, stage, running| Stage::play(step, stage, running).await,
        );
        registry.register(
            self.stage.clone(),
            async |Leisurely(step): Leisurely, stage, running| {
                Stage::play(step, stage, running).await
            },
        );
        registry.register((), async |_: Hasty, (): (), _| {
            Err(JobError::retry("not yet"))
        });
        registry.register((), async |_: Endless, (): (), _| {
            std::future::pending().await
        });
        registry
    }

    pub fn worker(&self) -> Worker {
        self.worker_of(4)
    }

    pub fn worker_of(&self, concurrency: usize) -> Worker {
        let config = WorkerConfig {
            transport: self.transport.clone(),
            overdue: self.overdue,
            // A message that was on its way to a worker that died comes again after so long, by the clock of SQS.
            invisible: Duration::from_secs(2),
            heartbeat: self.heartbeat,
            poll: Duration::from_millis(20),
            ..WorkerConfig::new(NonZeroUsize::new(concurrency).unwrap())
        };
        Worker::start(&self.jobs, self.registry(), config)
    }

    pub async fn enqueue(&self, new: New) -> JobId {
        let mut transaction = self.pool.begin().await.unwrap();
        let enqueued = self.jobs.enqueue(&mut transaction, new).await.unwrap();
        transaction.commit().await.unwrap();
        enqueued.id
    }

    pub async fn step(&self, name: &str, act: Act) -> JobId {
        self.enqueue(New::of(&step(name, act))).await
    }

    pub async fn step_of(&self, owner: UserId, name: &str, act: Act) -> JobId {
        self.enqueue(New::of(&step(name, act)).owned_by(owner))
            .await
    }

    /// None also while the database is away.
    pub async fn find(&self, id: JobId) -> Option<Found> {
        let mut connection = self.pool.pool().acquire().await.ok()?;
        self.jobs.find(&mut connection, id).await.ok()?
    }

    pub async fn until(&self, id: JobId, state: State) -> Found {
        eventually(&format!("the job is {state:?}"), async || {
            self.find(id).await.filter(|found| found.state == state)
        })
        .await
    }

    /// Until this many steps have begun; gives their names.
    pub async fn begun(&self, count: usize) -> Vec<String> {
        eventually("steps begin", async || {
            let begun = self.stage.begun.lock().clone();
            (begun.len() >= count).then_some(begun)
        })
        .await
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn user(&self) -> UserId {
        UserId::new(self.clock.new_uuid())
    }

    pub async fn effects(&self) -> i64 {
        self.database
            .count("select count(*) from audit_log where action = 'test.effect'")
            .await
    }
}
