//! One PostgreSQL for the whole run, and in it a database for each test: cloned from a migrated template, or one that
//! an earlier test has left and that was emptied since. (Dropping it would have PostgreSQL write a checkpoint.)
//!
//! The kernel ends PostgreSQL with this process, and a small shell that outlives us by a moment removes its folder.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use db::private::{Condition, PrivatePostgres};
use db::{Database, DatabaseConfig};
use kernel::UserId;
use live::{Inboxes, Relay, UserEvent};
use parking_lot::Mutex;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const TEMPLATE: &str = "template_of_tests";
/// What the migrations make.
const REMEMBER: &str = "
    create schema pristine;
    create table pristine.leaderboards as table leaderboards;
    create table pristine.tables as
        select tablename from pg_tables
        where schemaname = 'public' and tablename not in ('_sqlx_migrations', 'leaderboard_catalog');";
/// Servers that were not stopped leave their connections open.
const END_OTHERS: &str = "
    set lock_timeout = '10s';
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid();";
/// As the migrations leave a database. Whoever was connected is gone by then. Fails where a test that broke off has
/// left a table under another name.
const EMPTY: &str = "
    do $$ begin
        execute (select 'truncate ' || string_agg(quote_ident(tablename), ', ') || ' restart identity'
                 from pristine.tables);
    end $$;
    insert into leaderboards overriding system value table pristine.leaderboards;
    select setval(pg_get_serial_sequence('leaderboards', 'number'), (select max(number) from leaderboards));";

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);
static COUNT: AtomicU32 = AtomicU32::new(0);

struct Cluster {
    options: PgConnectOptions,
    finished: UnboundedSender<String>,
    /// Names of databases that are empty and used by nobody.
    free: Mutex<Vec<String>>,
}

/// A database with every migration and without a row.
pub struct TestDatabase {
    _lease: Arc<Lease>,
    options: PgConnectOptions,
    /// As the owner of everything, whom row-level security doesn't hold.
    pub pool: PgPool,
}

impl TestDatabase {
    pub async fn create() -> Self {
        let cluster = &*CLUSTER;
        let free = cluster.free.lock().pop();
        let name = match free {
            Some(name) => name,
            None => cluster.clone_template().await,
        };
        let options = cluster.options.clone().database(&name);
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(options.clone());
        let lease = Arc::new(Lease(name));
        // Servers that the test doesn't stop end with its runtime, and until then the database is theirs.
        let until_the_runtime_ends = Arc::clone(&lease);
        tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(until_the_runtime_ends);
        });
        Self {
            _lease: lease,
            options,
            pool,
        }
    }

    /// For `DATABASE_URL`.
    pub fn url(&self) -> String {
        url_of(&self.options)
    }

    /// Runs SQL behind the server's back.
    pub async fn execute(&self, sql: &str) {
        self.pool
            .execute(AssertSqlSafe(sql))
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Sends these users an event, as a server does that is none of the test's.
    pub async fn publish(&self, users: &[UserId], event: &UserEvent) {
        let mut transaction = self.pool.begin().await.expect("PostgreSQL answers");
        let sent = Inboxes::new(Relay::new())
            .publish_in(&mut transaction, users, event)
            .await;
        sent.expect("it is sent");
        transaction.commit().await.expect("it is committed");
    }

    /// Ends the connections over which servers hear of each other; they make others.
    pub async fn cut_off_listeners(&self) {
        self.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()",
        )
        .await;
    }

    /// One number.
    pub async fn count(&self, sql: &str) -> i64 {
        let number = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&self.pool)
            .await;
        number.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

/// The right to use the database of this name.
struct Lease(String);

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = CLUSTER.finished.send(std::mem::take(&mut self.0));
    }
}

/// The one statement of the server that holds this text, as the compiler has checked it: to be explained.
pub fn checked_statement(holds: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../.sqlx");
    let files = std::fs::read_dir(folder).expect("the statements are beside the workspace");
    let mut found = files.filter_map(|file| {
        let text = std::fs::read_to_string(file.ok()?.path()).ok()?;
        let checked: serde_json::Value = serde_json::from_str(&text).ok()?;
        let statement = checked["query"].as_str()?;
        statement.contains(holds).then(|| statement.to_owned())
    });
    let statement = found.next();
    assert!(found.next().is_none(), "several statements hold {holds}");
    statement.unwrap_or_else(|| panic!("no statement holds {holds}"))
}

pub fn url_of(options: &PgConnectOptions) -> String {
    let socket = options
        .get_socket()
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let (user, database) = (
        options.get_username(),
        options.get_database().unwrap_or_default(),
    );
    format!("postgres://{user}@localhost:5432/{database}?host={socket}&sslmode=disable")
}

/// A folder of a test's own that others may pass through, as PostgreSQL's user has to where root runs the tests.
pub fn folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("grandstand-test-")
        .tempdir()
        .expect("a folder in /tmp");
    open_to_passers(folder.path());
    folder
}

fn open_to_passers(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711)).expect("it is ours");
}

impl Cluster {
    fn start() -> Self {
        let (started, starting) = std::sync::mpsc::channel();
        // A runtime of its own: those of the tests end with each test.
        let thread = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.expect("a runtime").block_on(async {
                    let folder = folder().keep();
                    let postgres = start_postgres(&folder).await;
                    let (finished, names) = unbounded_channel();
                    let options = postgres.connect_options();
                    make_template(&options).await;
                    let _ = started.send(Self {
                        options: options.clone(),
                        finished,
                        free: Mutex::default(),
                    });
                    empty_databases(&options, names).await;
                });
            });
        thread.expect("a thread");
        starting.recv().expect("PostgreSQL starts")
    }

    async fn clone_template(&self) -> String {
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut connection = self
            .options
            .connect()
            .await
            .expect("the tests' PostgreSQL answers");
        let statement = format!("create database {name} template {TEMPLATE}");
        connection
            .execute(AssertSqlSafe(statement))
            .await
            .expect("a database can be cloned");
        let _ = connection.close().await;
        name
    }
}

async fn start_postgres(folder: &Path) -> PrivatePostgres {
    let config = folder.join("postgres/config");
    for folder in [folder.join("postgres"), config.clone()] {
        std::fs::create_dir(&folder).expect("a new folder");
        open_to_passers(&folder);
    }
    std::fs::write(config.join("local.conf"), "max_connections = 300\n").expect("a new file");
    let postgres = PrivatePostgres::start(folder)
        .await
        .expect("PostgreSQL starts");
    if let Condition::Running { process_id } = *postgres.condition().borrow() {
        remove_when_ended(folder.to_owned(), process_id);
    }
    postgres
}

/// The shell's input ends when this process does, however it does.
fn remove_when_ended(folder: PathBuf, postgres: u32) {
    let script = r#"read -r line; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2""#;
    let shell = Command::new("sh")
        .args(["-c", script, "sh", &postgres.to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // Neither waited for nor dropped: its pipe must stay open for as long as we live.
    std::mem::forget(shell);
}

async fn make_template(options: &PgConnectOptions) {
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    let made = connection
        .execute(AssertSqlSafe(format!("create database {TEMPLATE}")))
        .await;
    made.expect("a database can be made");
    let options = options.clone().database(TEMPLATE);
    let config = DatabaseConfig {
        options: options.clone(),
        max_connections: 4,
    };
    let database = Database::open(&config).await.expect("the migrations run");
    database.close().await;
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    connection
        .execute(REMEMBER)
        .await
        .expect("a schema can be made");
    let _ = connection.close().await;
}

/// Each by itself: one that takes long must not keep the connections of the others open.
async fn empty_databases(options: &PgConnectOptions, mut names: UnboundedReceiver<String>) {
    while let Some(name) = names.recv().await {
        let options = options.clone().database(&name);
        tokio::spawn(async move {
            match empty(&options).await {
                Ok(()) => CLUSTER.free.lock().push(name),
                // It is left alone then, and the next test clones another.
                Err(error) => eprintln!("a test's database could not be emptied: {error}"),
            }
        });
    }
}

async fn empty(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    connection.execute(END_OTHERS).await?;
    connection.execute(EMPTY).await?;
    connection.close().await
}
