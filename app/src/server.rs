//! A running server: everything that is started, in order, and stopped in the opposite order.
//!
//! Invariants:
//! - `/health/live` answers from the first moment, before there is a database.
//! - Nothing is global but the metrics recorder and the log, so many servers may run in one process.
//! - Stopping loses nothing that was answered: requests end first, then what they left to be written, then the
//!   pool, then PostgreSQL.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use http_api::telemetry::metrics_recorder;
use jobs::{Schedule, Worker, WorkerConfig};
use kernel::Clock;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Config;
use crate::edge::PerIp;
use crate::health::{self, Health};
use crate::settings::Settings;
use crate::stand_in::{MadeUp, StandIns};
use crate::store::Store;
use crate::wiring::{Features, Ground};
use crate::{aws, chores, edge, listen, router, upkeep};

/// For what still waits to be written, should the database be away.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks whether the features are ready.
const READY_POLL: Duration = Duration::from_millis(10);

/// The made-up world is the same at each start, so that the next one goes on with it.
pub const DEMO_SEED: u64 = 1;

/// A running server. Stop it with [`Server::stop`].
pub struct Server {
    address: SocketAddr,
    public_url: String,
    health: Health,
    features: Features,
    store: Store,
    made_up: MadeUp,
    /// Ends streams, background work, and the taking of new requests.
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    upkeep: Vec<JoinHandle<()>>,
    serves_api: bool,
    worker: Option<Arc<Worker>>,
    drain_timeout: Duration,
}

impl Server {
    /// Starts everything, and returns once requests are answered. Boards may still be loading; see [`Server::ready`].
    ///
    /// # Errors
    /// If anything can't be started; what was started is stopped again.
    pub async fn start(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::start_with(config, clock, false).await
    }

    /// The same with a made-up world, whose players play for as long as the server runs.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with_demo(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::start_with(config, clock, true).await
    }

    async fn start_with(config: Config, clock: Clock, with_demo: bool) -> anyhow::Result<Self> {
        // Before the first request: the edge keeps the recorder that it finds.
        metrics_recorder();
        raise_open_files();
        let wanted = SocketAddr::new(config.server.bind_address, config.server.port);
        let listener = listen::bind(wanted)?;
        let early = Early::start(&listener, clock.clone())?;
        let store = Store::open(&config).await?;
        let shutdown = CancellationToken::new();
        // Also where the caller gives up waiting for us.
        let unfinished = shutdown.clone().drop_guard();
        match Prepared::new(&config, clock, &listener, &store, with_demo, &shutdown).await {
            Ok(prepared) => {
                early.stop().await;
                unfinished.disarm();
                Ok(prepared.serve(&config, listener, store, shutdown))
            }
            Err(error) => {
                drop(unfinished);
                store.close().await;
                Err(error)
            }
        }
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where browsers reach it, without a slash at its end.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    pub fn features(&self) -> &Features {
        &self.features
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What stands in the place of outside services.
    pub fn made_up(&self) -> &MadeUp {
        &self.made_up
    }

    /// Returns when every board is loaded, if this server has any.
    pub async fn ready(&self) {
        while self.serves_api && !self.features.is_ready() {
            tokio::time::sleep(READY_POLL).await;
        }
    }

    /// Ends streams, lets requests finish, writes what they left, and stops PostgreSQL if it is ours.
    pub async fn stop(self) {
        self.health.set_stopping();
        self.shutdown.cancel();
        let jobs = async {
            if let Some(worker) = &self.worker {
                worker.stop(self.drain_timeout).await;
            }
        };
        let (served, ()) = tokio::join!(self.serving, jobs);
        if served.is_err() {
            tracing::error!("serving requests ended in a panic");
        }
        if tokio::time::timeout(DRAIN_PATIENCE, self.features.drain())
            .await
            .is_err()
        {
            tracing::error!("the database is away: scores that were not answered are given up");
        }
        for task in self.upkeep {
            // Each ends with `shutdown`, and reports its own panics.
            let _ = task.await;
        }
        self.store.close().await;
    }
}

/// Everything that can fail has been done; what is left is to take requests.
struct Prepared {
    clock: Clock,
    address: SocketAddr,
    public_url: String,
    features: Features,
    health: Health,
    router: Router,
    cast: Option<demo::Cast>,
    stand_ins: StandIns,
    worker: Option<Arc<Worker>>,
    per_ip: PerIp,
}

impl Prepared {
    async fn new(
        config: &Config,
        clock: Clock,
        listener: &TcpListener,
        store: &Store,
        with_demo: bool,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("the socket has no address")?;
        let public_url = config.server.address_at(address.port());
        let stand_ins = match with_demo {
            true => StandIns::start(config, &clock, shutdown).await?,
            false => StandIns::default(),
        };
        let config = &stand_ins.instead(config);
        // After the store, which holds the lock on the data folder by now.
        let secrets = config.secrets.obtain(&config.server.data_dir)?;
        let database = &store.database;
        let social_store = aws::social_store(config, database).await?;
        let ground = Ground::new(config, database.clone(), clock.clone(), shutdown.clone())?;
        let ground = ground.with_social_store(social_store);
        let accounts = ground.accounts(config, &secrets, &public_url);
        accounts.read_bans().await?;
        if let Some(admin) = &config.accounts.first_admin {
            accounts
                .ensure_admin(&admin.email, admin.password.expose())
                .await?;
        }
        // Before the boards are loaded, so that they are loaded with it.
        let cast = match with_demo {
            true => Some(demo::fill(database, &accounts, &clock, DEMO_SEED).await?),
            false => None,
        };
        let features = Features::start(
            config,
            &secrets,
            &ground,
            accounts,
            &public_url,
            shutdown.clone(),
        );
        let per_ip = edge::per_ip(&features.settings, &clock);
        features.settings.read().await?;
        let roles = config.jobs.roles;
        let settings = WorkerConfig {
            transport: aws::transport(config).await,
            ..WorkerConfig::new(config.jobs.concurrency)
        };
        let worker = roles.worker.then(|| {
            let registry = chores::registry(&features);
            Arc::new(Worker::start(&features.jobs, registry, settings))
        });
        let (ready, working) = (features.clone(), worker.clone());
        let health = Health::new(
            database.clone(),
            move || !roles.api || ready.is_ready(),
            move || working.as_ref().map(|worker| worker.is_well()),
        );
        let router = match roles.api {
            true => router::build(&features, &health, &metrics_recorder(), &public_url)?,
            false => router::build_without_api(&health, &metrics_recorder()),
        };
        Ok(Self {
            clock,
            address,
            public_url,
            features,
            health,
            router,
            cast,
            stand_ins,
            worker,
            per_ip,
        })
    }

    fn serve(
        self,
        config: &Config,
        listener: TcpListener,
        store: Store,
        shutdown: CancellationToken,
    ) -> Server {
        let Self {
            clock,
            address,
            public_url,
            features,
            health,
            router,
            cast,
            stand_ins,
            worker,
            per_ip,
        } = self;
        let mut tasks = upkeep::start(&features, &store.database, per_ip.clone(), &shutdown);
        if worker.is_some() {
            tasks.push(upkeep::measure_queues(&features, &clock, &shutdown));
            tasks.push(upkeep::pass_on_news(&features, &shutdown));
        }
        if config.jobs.roles.scheduler {
            let schedules = follow_schedules(&features.settings);
            let jobs = features.jobs.clone();
            let firing = jobs.run_schedules(schedules, config.jobs.grace, shutdown.clone());
            tasks.push(tokio::spawn(firing));
        }
        let serving = edge::serve(
            config,
            clock,
            listener,
            router,
            &features,
            per_ip,
            shutdown.clone(),
        );
        if let Some(cast) = cast {
            let shutdown = shutdown.clone();
            let server = format!("http://{}", reachable(address));
            tasks.push(tokio::spawn(async move {
                demo::play(&server, cast, shutdown).await
            }));
        }
        let (made_up, serving_them) = stand_ins.into_parts();
        tasks.extend(serving_them);
        Server {
            address,
            public_url,
            health,
            features,
            store,
            made_up,
            shutdown,
            serving,
            upkeep: tasks,
            worker,
            serves_api: config.jobs.roles.api,
            drain_timeout: config.server.drain_timeout,
        }
    }
}

/// All schedules, as they are in force.
fn follow_schedules(settings: &Settings) -> watch::Receiver<Vec<Schedule>> {
    let (sender, receiver) = watch::channel(Vec::new());
    settings.follow(move |present| {
        sender.send_replace(chores::scheduled(&present.schedules));
    });
    receiver
}

/// An address at which we reach ourselves.
fn reachable(listening: SocketAddr) -> SocketAddr {
    if listening.ip().is_unspecified() {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listening.port())
    } else {
        listening
    }
}

/// Answers that we live while the database starts. Ends when it is stopped or dropped.
struct Early {
    _guard: DropGuard,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Early {
    fn start(listener: &TcpListener, clock: Clock) -> anyhow::Result<Self> {
        let listener = duplicate(listener).context("the socket could not be shared")?;
        let stop = CancellationToken::new();
        let serving = edge::serve_early(listener, health::while_starting(), clock, stop.clone());
        Ok(Self {
            _guard: stop.clone().drop_guard(),
            stop,
            serving,
        })
    }

    /// From here on connections wait in the socket for the one who serves for good.
    async fn stop(self) {
        self.stop.cancel();
        let _ = self.serving.await;
    }
}

fn duplicate(listener: &TcpListener) -> std::io::Result<TcpListener> {
    use std::os::fd::AsFd;
    let twin = std::net::TcpListener::from(listener.as_fd().try_clone_to_owned()?);
    TcpListener::from_std(twin)
}

/// Streams are connections, and each is an open file: as many as the machine allows.
fn raise_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft < hard {
            setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
        } else {
            Ok(())
        }
    });
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}
