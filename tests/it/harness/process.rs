//! The real binary, for what only a process can show: signals, crashes, its log, its command line.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;

use http::Method;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::app::{ADMIN_EMAIL, ADMIN_PASSWORD};
use super::{Api, TestDatabase, eventually, folder, within};

/// `grandstand …` with nothing of this process's environment, in an empty folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grandstand-under-test"));
    command
        .args(arguments)
        .env_clear()
        .envs(
            ["PATH", "PG_BIN_DIR"]
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .env("HOME", folder)
        .env("DATA_DIR", folder.join("data"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// A server in a process of its own, with a PostgreSQL of its own unless it is given another.
pub struct TestProcess {
    api: Api,
    pub port: u16,
    child: Child,
    folder: Arc<TempDir>,
    settings: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// A process that has ended.
pub struct Finished {
    pub status: ExitStatus,
    /// Everything that it said on stdout, and on stderr.
    pub stdout: String,
    pub stderr: String,
    /// With its data, for the next one.
    builder: Builder,
}

pub struct Builder {
    settings: Vec<(String, String)>,
    arguments: Vec<String>,
    folder: Arc<TempDir>,
}

impl TestProcess {
    pub fn builder() -> Builder {
        Builder {
            settings: Vec::new(),
            arguments: Vec::new(),
            folder: Arc::new(folder()),
        }
    }

    pub async fn start() -> Self {
        Self::builder().start().await
    }

    pub fn api(&self) -> &Api {
        &self.api
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn process_id(&self) -> Pid {
        let id = self.child.id().expect("the server runs");
        Pid::from_raw(id.cast_signed())
    }

    /// One more of the same, in the same folder.
    pub fn another(&self) -> Builder {
        Builder {
            settings: self.settings.clone(),
            arguments: self.arguments.clone(),
            folder: Arc::clone(&self.folder),
        }
    }

    /// Waits until requests are answered, or the process has ended instead.
    async fn ended_before_ready(&mut self) -> Option<ExitStatus> {
        eventually("the server is ready", async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(Some(status));
            }
            let ready = self
                .api
                .at_root(Method::GET, "/health/ready")
                .attempt()
                .await;
            ready
                .is_ok_and(|answer| answer.status == 200)
                .then_some(None)
        })
        .await
    }

    /// How to reach its own PostgreSQL.
    pub fn postgres(&self) -> PgConnectOptions {
        let running = db::private::running(&self.data_dir());
        running.expect("PostgreSQL runs")
    }

    /// The process of its own PostgreSQL.
    pub fn postgres_id(&self) -> Pid {
        let file = self.data_dir().join("postgres/cluster/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("PostgreSQL runs");
        Pid::from_raw(
            text.lines()
                .next()
                .and_then(|line| line.parse().ok())
                .expect("a process id"),
        )
    }

    /// The lines of the log until now.
    pub fn log(&self) -> Vec<Value> {
        read_log(&read(self.folder.path(), "stdout"))
    }

    /// SIGKILL: nothing is said, nothing is tidied up.
    pub async fn kill(self) -> Finished {
        self.end_by(Signal::SIGKILL).await
    }

    /// SIGTERM, as a container manager does.
    pub async fn terminate(self) -> Finished {
        self.end_by(Signal::SIGTERM).await
    }

    pub async fn end_by(self, signal: Signal) -> Finished {
        kill(self.process_id(), signal).expect("the server runs");
        self.finished().await
    }

    /// Waits for an end that the test has brought about otherwise.
    pub async fn finished(mut self) -> Finished {
        let status = within("the server ends", self.child.wait())
            .await
            .expect("it is our child");
        Finished {
            status,
            stdout: read(self.folder.path(), "stdout"),
            stderr: read(self.folder.path(), "stderr"),
            builder: self.another(),
        }
    }

    /// Runs another command of the binary with the same settings.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.another().run(arguments).await
    }
}

impl Deref for TestProcess {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Finished {
    /// The next start with the same settings and data.
    pub fn again(self) -> Builder {
        self.builder
    }

    pub fn log(&self) -> Vec<Value> {
        read_log(&self.stdout)
    }
}

impl Builder {
    /// A variable of the environment.
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// A database of the tests' PostgreSQL, which is there already, for whoever tests something else.
    #[must_use]
    pub fn database(self, database: &TestDatabase) -> Self {
        self.setting("DATABASE_URL", database.url())
    }

    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// `grandstand serve`, until it is ready.
    pub async fn start(self) -> TestProcess {
        let mut process = self.spawn();
        while let Some(status) = process.ended_before_ready().await {
            let said = read(process.folder(), "stderr");
            // Somebody else may have taken the port since it was found to be free.
            assert!(
                said.contains("is taken"),
                "the server ended, {status}: {said}"
            );
            process = process.another().spawn();
        }
        process
    }

    /// `grandstand serve`, without waiting.
    pub fn spawn(self) -> TestProcess {
        let port = free_port();
        let output = |name: &str| {
            let path = self.folder.path().join(name);
            std::fs::File::create(path).expect("a file in the test's folder")
        };
        let mut arguments = vec!["serve"];
        arguments.extend(self.arguments.iter().map(String::as_str));
        let mut command = self.command(&arguments);
        command
            .env("PORT", port.to_string())
            .stdout(output("stdout"))
            .stderr(output("stderr"));
        let child = command.spawn().expect("the binary runs");
        let api = Api::new(format!("http://127.0.0.1:{port}"));
        TestProcess {
            api,
            port,
            child,
            folder: self.folder,
            settings: self.settings,
            arguments: self.arguments,
        }
    }

    /// Any other command, to its end.
    pub async fn run(self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output();
        within("the command ends", output)
            .await
            .expect("the binary runs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.folder.path(), arguments);
        command
            .env("BIND_ADDRESS", "127.0.0.1")
            .env("ADMIN_EMAIL", ADMIN_EMAIL)
            .env("ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("RATE_LIMIT_ENABLED", "false")
            .env("LOG_FORMAT", "json")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn read(folder: &Path, name: &str) -> String {
    let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn read_log(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}
