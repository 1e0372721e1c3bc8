use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use grandstand::Server;
use grandstand::config::{Config, Sources};
use kernel::Clock;
use notifications::event::Event;
use scores::import::{Format, Import, Report};
use tempfile::TempDir;

use super::{Api, Mail, Player, SocialTables, TestDatabase, eventually, folder, within};

pub const JWT_SECRET: &str = "k7Qm2xV9bT4nR8wZ1cL6yH3pD5sF0gJa-jwt";
pub const ACTION_TOKEN_SECRET: &str = "Z3vB8nM1qW6eR9tY4uI7oP2aS5dF0gHj-act";
pub const ADMIN_EMAIL: &str = "admin@example.com";
pub const ADMIN_PASSWORD: &str = "correct-horse-battery";

/// A server in this process, on a database of its own. Its clock stands still until the test moves it, and its limits
/// are off unless the test sets them.
pub struct TestApp {
    api: Api,
    pub clock: Clock,
    pub database: Arc<TestDatabase>,
    pub social: SocialTables,
    server: Server,
    data: TempDir,
}

#[derive(Default)]
pub struct Builder {
    settings: Vec<(String, String)>,
    clock: Option<Clock>,
    database: Option<Arc<TestDatabase>>,
    social: Option<SocialTables>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    pub fn builder() -> Builder {
        Builder::default()
    }

    /// One more server on this one's database and clock.
    pub fn neighbour(&self) -> Builder {
        Builder {
            clock: Some(self.clock.clone()),
            database: Some(Arc::clone(&self.database)),
            social: Some(self.social.clone()),
            ..Builder::default()
        }
    }

    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Epoch seconds by the server's clock.
    pub fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    pub fn action_token_secret(&self) -> &'static str {
        ACTION_TOKEN_SECRET
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub async fn ready(&self) {
        within("the boards are loaded", self.server.ready()).await;
    }

    pub fn scores(&self) -> &scores::Scores {
        &self.server.features().scores
    }

    /// Brings old scores in, from lines of CSV below the header.
    pub async fn import(&self, lines: &str) -> Report {
        let import = Import {
            database: self.server.store().database.clone(),
            accounts: self.server.features().accounts.clone(),
            clock: self.clock.clone(),
            dry_run: false,
        };
        let file = format!("externalId,screenName,gameId,score,reachedAt\n{lines}");
        let reader = Box::new(std::io::Cursor::new(file));
        import.run_reader(reader, Format::Csv).await.unwrap()
    }

    /// Tells somebody of an event, as a feature does. False where nothing was told.
    pub async fn notify(&self, player: &Player, event: &Event) -> bool {
        let feature = &self.server.features().notifications;
        let mut tx = self.server.store().database.begin().await.unwrap();
        let user = player.id.parse().unwrap();
        let told = feature.notify(&mut tx, user, event).await.unwrap();
        tx.commit().await.unwrap();
        told.is_some()
    }

    /// Takes somebody's address for confirmed.
    pub async fn confirm_address(&self, player: &Player) {
        let of_player = format!(
            "update users set email_confirmed_at = now() where id = '{}'",
            player.uuid()
        );
        self.database.execute(&of_player).await;
    }

    /// Fires the schedule of digests.
    pub async fn gather_digests(&self) {
        let mut connection = self.database.pool.acquire().await.unwrap();
        let job = jobs::New::of(&notifications::GatherDigests {});
        let jobs = &self.server.features().jobs;
        let id = jobs.enqueue(&mut connection, job).await.unwrap().id;
        eventually("digests are gathered", async || {
            let found = jobs.find(&mut connection, id).await.unwrap();
            found.filter(|job| job.state == jobs::State::Succeeded)
        })
        .await;
    }

    /// Has a chore done now, whenever it would be its time.
    pub async fn run_chore(&self, kind: &str) {
        let id = self.clock.new_uuid();
        let now = self.clock.now();
        self.database
            .execute(&format!(
                "select enqueue_job('{id}', 'chores', '{kind}', null, '{{}}', null, 1::smallint, 3::smallint, '{now}', '{now}')"
            ))
            .await;
        let done = format!("select count(*) from jobs where id = '{id}' and state = 'succeeded'");
        eventually(&format!("{kind} is done"), async || {
            (self.database.count(&done).await == 1).then_some(())
        })
        .await;
    }

    /// The mails that became files, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let Ok(folder) = std::fs::read_dir(self.data.path().join("mail")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        let read = |path| Mail::parse(&std::fs::read_to_string(path).unwrap());
        paths.iter().map(read).collect()
    }

    /// Waits for a mail to this player with this in its subject.
    pub async fn mail_to(&self, player: &Player, subject: &str) -> Mail {
        eventually(&format!("a mail about {subject}"), async || {
            self.mails().into_iter().find(|mail| {
                mail.header("To") == Some(player.email.as_str()) && mail.subject.contains(subject)
            })
        })
        .await
    }

    /// Does what the schedule does with accounts.
    pub async fn purge_accounts(&self) {
        let accounts = &self.server.features().accounts;
        accounts.purge_expired_sessions().await.unwrap();
    }

    /// As Ctrl-C does.
    pub async fn stop(self) {
        within("the server stops", self.server.stop()).await;
    }
}

impl Deref for TestApp {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Builder {
    /// A setting by its name in the environment.
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// Another clock than one of its own.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    pub async fn start(self) -> TestApp {
        let app = self.start_loading().await;
        app.ready().await;
        app
    }

    /// Without waiting for the boards.
    pub async fn start_loading(self) -> TestApp {
        let database = match self.database {
            Some(database) => database,
            None => Arc::new(TestDatabase::create().await),
        };
        let social = match self.social {
            Some(social) => social,
            None => SocialTables::chosen(&database).await,
        };
        let clock = self
            .clock
            .unwrap_or_else(|| Clock::manual(Clock::system().now()));
        let data = folder();
        let usual = [
            ("BIND_ADDRESS", "127.0.0.1"),
            ("PORT", "0"),
            ("DATABASE_URL", &database.url()),
            ("DATABASE_MAX_CONNECTIONS", "5"),
            ("DATA_DIR", &data.path().display().to_string()),
            ("JWT_SECRET", JWT_SECRET),
            ("ACTION_TOKEN_SECRET", ACTION_TOKEN_SECRET),
            ("ADMIN_EMAIL", ADMIN_EMAIL),
            ("ADMIN_PASSWORD", ADMIN_PASSWORD),
            ("RATE_LIMIT_ENABLED", "false"),
        ];
        let usual = usual.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let usual = usual.into_iter().chain(social.settings().await);
        let sources = Sources::given(usual).with_command_line(self.settings);
        let config = Config::load(&sources).unwrap_or_else(|error| panic!("{error}"));
        let started = within("the server starts", Server::start(config, clock.clone())).await;
        let server = started.unwrap_or_else(|error| panic!("{error:?}"));
        TestApp {
            api: Api::new(format!("http://{}", server.address())),
            clock,
            database,
            social,
            server,
            data,
        }
    }
}
