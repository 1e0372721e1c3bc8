//! Child processes, and whether they are there yet.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// A server of ours, which ends with its owner.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub id: u32,
    pub address: SocketAddr,
}

impl Process {
    /// Starts a server that will listen on this address, with its output in a file.
    pub fn start(mut command: Command, address: SocketAddr, output: &Path) -> Result<Self> {
        let output =
            File::create(output).with_context(|| format!("could not make {}", output.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {:?}", command.as_std().get_program()))?;
        let id = child.id().context("the server ended at once")?;
        Ok(Self { child, id, address })
    }

    /// This program again, as something else.
    pub async fn ourselves(
        arguments: &[String],
        address: SocketAddr,
        output: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        let mut process = Self::start(command, address, output)?;
        process
            .wait_until(Duration::from_secs(10), async || {
                TcpStream::connect(address).await.is_ok()
            })
            .await?;
        Ok(process)
    }

    /// Asks again and again, for as long as the process runs.
    pub async fn wait_until(
        &mut self,
        patience: Duration,
        there: impl AsyncFn() -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + patience;
        while !there().await {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}; its output lies in target/bench");
            }
            if Instant::now() > deadline {
                bail!(
                    "the server was not ready within {patience:?}; its output lies in target/bench"
                );
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Asks the process to end, and waits for it.
    pub async fn stop(mut self) -> Result<()> {
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.id)?);
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM)?;
        if tokio::time::timeout(Duration::from_secs(40), self.child.wait())
            .await
            .is_err()
        {
            bail!("the server did not stop");
        }
        Ok(())
    }
}

/// An address that nobody listens on at the moment.
pub async fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(listener.local_addr()?)
}
