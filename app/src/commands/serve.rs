//! `grandstand serve`: from the configuration to the last signal.

use std::process::ExitCode;

use anyhow::Context;
use kernel::Clock;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::{Server, banner, edge};

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// # Errors
/// If the server can't be started.
pub async fn serve(config: Config, demo: bool) -> anyhow::Result<ExitCode> {
    // Dropped last: it writes what is left.
    let (_log, pretty) = edge::start_log(&config.logs, config.is_production())?;
    let mut signals = Signals::listen()?;
    let starting = async {
        match demo {
            true => Server::start_with_demo(config.clone(), Clock::system()).await,
            false => Server::start(config.clone(), Clock::system()).await,
        }
    };
    let server = tokio::select! {
        server = starting => server?,
        // What was started until then ends as it is dropped.
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    banner::print(&server, &config, pretty).await;
    signals.next().await;
    tracing::info!("stopping: finishing what is being answered");
    tokio::select! {
        () = server.stop() => {
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
        () = signals.next() => {
            eprintln!("grandstand: Quitting at once. Nothing that was answered is lost.");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals can't be listened to");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// The next Ctrl-C or SIGTERM.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
