//! Several servers on a real PostgreSQL tell each other what happens.

use std::os::unix::fs::PermissionsExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use db::private::PrivatePostgres;
use db::{Database, DatabaseConfig, Notices};
use http_body::Body as _;
use kernel::UserId;
use live::parse::{EventParser, Message};
use live::{Capacity, Hearing, Holder, InboxTopic, Inboxes, Relay, StreamSettings, UserEvent};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

const USER: UserId = UserId::new(Uuid::from_u128(7));
const PATIENCE: Duration = Duration::from_secs(20);

async fn postgres() -> (PrivatePostgres, tempfile::TempDir) {
    let folder = tempfile::Builder::new()
        .prefix("grandstand-test-")
        .tempdir()
        .expect("a folder in /tmp");
    // PostgreSQL's user has to pass, where root runs the tests.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o711)).expect("ours");
    let postgres = PrivatePostgres::start(folder.path()).await;
    (postgres.expect("PostgreSQL starts"), folder)
}

/// What is of interest here of a server.
struct Server {
    database: Database,
    relay: Relay,
    inboxes: Inboxes,
    /// How often it heard that it missed something.
    missed: Arc<AtomicUsize>,
    _running: DropGuard,
}

impl Server {
    async fn start(postgres: &PrivatePostgres) -> Self {
        let config = DatabaseConfig {
            options: postgres.connect_options(),
            max_connections: 2,
        };
        let database = Database::open(&config).await.expect("PostgreSQL answers");
        let (relay, shutdown) = (Relay::new(), CancellationToken::new());
        let inboxes = Inboxes::new(relay.clone());
        let missed = Arc::new(AtomicUsize::new(0));
        let count = missed.clone();
        let hearing = inboxes.hear(Hearing::new()).missed(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let notices = Notices::start(&database, &[live::CHANNEL], shutdown.clone());
        tokio::spawn(
            relay
                .clone()
                .run(database.clone(), notices, hearing, shutdown.clone()),
        );
        let server = Self {
            database,
            relay,
            inboxes,
            missed,
            _running: shutdown.drop_guard(),
        };
        server.has_missed(1).await;
        server
    }

    async fn has_missed(&self, times: usize) {
        eventually(|| self.missed.load(Ordering::SeqCst) >= times).await;
    }

    fn open(&self) -> Stream {
        let permit = Capacity::new(1, 1).try_enter(Holder::User(USER), None);
        let inbox = self
            .inboxes
            .open(USER, InboxTopic::ALL.into_iter().collect());
        let settings = StreamSettings::default();
        let response = settings.respond(inbox, permit.expect("room"), None);
        Stream {
            body: response.into_body(),
            parser: EventParser::new(),
            waiting: Vec::new(),
        }
    }
}

struct Stream {
    body: Body,
    parser: EventParser,
    waiting: Vec<Message>,
}

impl Stream {
    async fn next(&mut self) -> (String, Value) {
        let reading = async {
            while self.waiting.is_empty() {
                let frame =
                    std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
                let frame = frame.await.expect("it goes on").expect("no error");
                let bytes = frame.into_data().expect("data");
                self.waiting.extend(self.parser.push(&bytes));
            }
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .expect("an event comes");
        let message = self.waiting.remove(0);
        let data = serde_json::from_str(&message.data).expect("JSON");
        (message.name, data)
    }

    async fn is_resync(&mut self) {
        assert_eq!(self.next().await.0, "resync");
    }

    async fn is_job(&mut self, number: usize) {
        assert_eq!(self.next().await, ("job".to_owned(), json!(number)));
    }
}

fn job(number: usize) -> UserEvent {
    UserEvent::new(InboxTopic::Jobs, number, &number).expect("JSON")
}

async fn eventually(mut done: impl FnMut() -> bool) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("it comes true");
}

#[tokio::test]
async fn an_event_comes_once_to_each_stream_on_each_server_and_survives_lost_connections() {
    let (postgres, _folder) = postgres().await;
    let first = Server::start(&postgres).await;
    assert!(first.relay.is_alone());
    let second = Server::start(&postgres).await;
    eventually(|| !first.relay.is_alone() && !second.relay.is_alone()).await;
    let (mut here, mut there) = (first.open(), second.open());
    here.is_resync().await;
    there.is_resync().await;

    // The next event shows that the one before came once.
    first.inboxes.publish(&[USER], &job(1));
    here.is_job(1).await;
    there.is_job(1).await;
    second.inboxes.publish(&[USER], &job(2));
    here.is_job(2).await;
    there.is_job(2).await;

    // With a transaction: told by COMMIT alone, to the server that made it too.
    let mut rolled_back = first.database.begin().await.expect("a transaction");
    let told = first
        .inboxes
        .publish_in(&mut rolled_back, &[USER], &job(3))
        .await;
    told.expect("told");
    rolled_back.rollback().await.expect("rolled back");
    let mut committed = first.database.begin().await.expect("a transaction");
    let told = first
        .inboxes
        .publish_in(&mut committed, &[USER], &job(4))
        .await;
    told.expect("told");
    committed.commit().await.expect("committed");
    here.is_job(4).await;
    there.is_job(4).await;

    // Everything that listens is cut off: streams are told to read anew, and then all is as before.
    let missed = (
        first.missed.load(Ordering::SeqCst),
        second.missed.load(Ordering::SeqCst),
    );
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where query ilike 'listen%' and pid <> pg_backend_pid()",
    )
    .execute(&admin(&postgres).await)
    .await
    .expect("connections can be ended");
    first.has_missed(missed.0 + 1).await;
    second.has_missed(missed.1 + 1).await;
    here.is_resync().await;
    there.is_resync().await;
    eventually_hears(&first, &mut here, &mut there).await;
    postgres.stop().await.expect("stops");
}

/// Notices that come while the connection is made anew are lost, and told to be.
async fn eventually_hears(from: &Server, here: &mut Stream, there: &mut Stream) {
    from.inboxes.publish(&[USER], &job(9));
    for stream in [here, there] {
        loop {
            match stream.next().await {
                (name, _) if name == "resync" => from.inboxes.publish(&[USER], &job(9)),
                event => break assert_eq!(event, ("job".to_owned(), json!(9))),
            }
        }
    }
}

async fn admin(postgres: &PrivatePostgres) -> sqlx::PgPool {
    let options = postgres.connect_options();
    sqlx::PgPool::connect_with(options)
        .await
        .expect("PostgreSQL answers")
}

#[tokio::test]
async fn what_cannot_be_told_is_heard_as_missed() {
    let (postgres, _folder) = postgres().await;
    let first = Server::start(&postgres).await;
    let second = Server::start(&postgres).await;
    eventually(|| !first.relay.is_alone() && !second.relay.is_alone()).await;
    let before = second.missed.load(Ordering::SeqCst);
    first.relay.tell("test", &"x".repeat(live::MAX_BODY));
    second.has_missed(before + 1).await;
    // More than waits to be told.
    let before = second.missed.load(Ordering::SeqCst);
    for number in 0..10_000 {
        first.relay.tell("test", &number);
    }
    second.has_missed(before + 1).await;
    postgres.stop().await.expect("stops");
}
