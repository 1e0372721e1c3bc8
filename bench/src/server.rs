//! Grandstand itself, as it is installed: the release binary, in a process of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use sqlx::ConnectOptions;
use tokio::process::Command;

use crate::database::Cluster;
use crate::load::ask;
use crate::machine::processor_seconds;
use crate::process::{Process, free_address};
use crate::sign::SECRETS;

/// A million rows and names take seconds; a slow disk takes more.
const READY_PATIENCE: Duration = Duration::from_secs(120);

/// A server writes its log a little after it has done what it tells of.
const LOG_PATIENCE: Duration = Duration::from_secs(5);

/// The server that was built beside this program, as `make bench` does.
pub fn beside_us() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("grandstand");
    ensure!(
        program.is_file(),
        "{} isn't there: run `make bench`, which builds it, or name one with --server",
        program.display()
    );
    Ok(program)
}

/// How a server is to be started.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub program: PathBuf,
    /// For its output, and folders of its own.
    pub folder: PathBuf,
    pub log_level: &'static str,
    /// Of the cluster; none for Grandstand's own.
    pub database: Option<&'static str>,
    /// Further settings of it.
    pub settings: Vec<(&'static str, String)>,
}

/// As it is configured.
fn program(recipe: &Recipe, cluster: &Cluster) -> Command {
    let url = cluster.options(recipe.database).to_url_lossy();
    let mut command = Command::new(&recipe.program);
    // Nothing of the caller's environment, and no .env, may bend the figures.
    command
        .env_clear()
        .envs([
            ("DATABASE_URL", url.as_str()),
            ("DATA_DIR", "."),
            ("JWT_SECRET", SECRETS.jwt),
            ("ACTION_TOKEN_SECRET", SECRETS.action_token),
            ("RATE_LIMIT_ENABLED", "false"),
            ("SSE_MAX_PER_USER", "20000"),
            ("LOG_LEVEL", recipe.log_level),
            ("LOG_FORMAT", "json"),
        ])
        .envs(recipe.settings.iter().map(|(name, value)| (name, value)));
    command
}

/// Runs one of its other commands to its end.
pub async fn command(recipe: &Recipe, cluster: &Cluster, arguments: &[&str]) -> Result<()> {
    let mut command = program(recipe, cluster);
    let output = command
        .args(arguments)
        .current_dir(&recipe.folder)
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "`grandstand {}` failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[derive(Debug)]
pub struct Server {
    process: Process,
    log: PathBuf,
}

impl Server {
    /// Starts a server, and returns when it is ready.
    pub async fn start(recipe: &Recipe, cluster: &Cluster) -> Result<Self> {
        let address = free_address().await?;
        let name = format!("server-{}", recipe.log_level);
        let folder = recipe.folder.join(&name);
        fs::create_dir_all(&folder)?;
        let log = recipe.folder.join(format!("{name}.log"));
        let mut command = program(recipe, cluster);
        command.arg("serve").current_dir(&folder).envs([
            ("BIND_ADDRESS", "127.0.0.1"),
            ("PORT", &address.port().to_string()),
        ]);
        let mut process = Process::start(command, address, &log)?;
        process
            .wait_until(READY_PATIENCE, async || {
                let ready = ask(
                    address,
                    b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n",
                )
                .await;
                ready.is_ok_and(|(status, _)| status == 200)
            })
            .await?;
        Ok(Self { process, log })
    }

    pub fn address(&self) -> SocketAddr {
        self.process.address
    }

    pub fn process_id(&self) -> u32 {
        self.process.id
    }

    /// Returns when the server has nothing to do any more: after it is ready, it still reads names.
    pub async fn settle(&self) -> Result<()> {
        let deadline = Instant::now() + READY_PATIENCE;
        let mut used = processor_seconds(self.process_id())?;
        while Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = processor_seconds(self.process_id())?;
            if now - used < 0.03 {
                return Ok(());
            }
            used = now;
        }
        bail!("the server doesn't come to rest")
    }

    /// How long it says that loading this board took, in milliseconds.
    pub async fn load_time(&self, board: &str) -> Result<f64> {
        let deadline = Instant::now() + LOG_PATIENCE;
        while Instant::now() < deadline {
            let log = fs::read_to_string(&self.log)?;
            let took = log
                .lines()
                .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
                .filter(|line| {
                    line["message"] == "leaderboard loaded" && line["data"]["leaderboard"] == board
                })
                .find_map(|line| line["data"]["took_ms"].as_f64());
            if let Some(took) = took {
                return Ok(took);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the server's log doesn't tell how long loading took")
    }

    pub async fn stop(self) -> Result<()> {
        self.process.stop().await
    }
}
