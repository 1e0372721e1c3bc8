//! The process's log: what is logged, in which format, and where it goes.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write};
use std::panic::{self, PanicHookInfo};

use kernel::Clock;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry};

use super::writer::{Lines, Writer};
use super::{json, pretty};

/// How the log is kept.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// A level such as `warn`, or directives such as `info,sqlx=debug`.
    pub level: String,
    pub format: LogFormat,
    /// The `service` of every line.
    pub service: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    /// For people at a terminal.
    Pretty,
}

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(
        "{level:?} is neither a log level (error, warn, info, debug, trace) nor a list such as info,sqlx=debug: {reason}"
    )]
    Level { level: String, reason: String },
    #[error("the thread that writes the log can't be started")]
    Thread(#[source] io::Error),
}

/// Keeps the log being written. Dropping it writes what is left and ends the log, so it belongs in `main`.
#[derive(Debug)]
#[must_use = "the log ends when this is dropped"]
pub struct LogGuard {
    _writer: Writer,
}

/// Starts the log, on standard output, and has panics logged. Where a process has a log already, that one stays.
pub fn init(config: &LogConfig) -> Result<LogGuard, LogError> {
    start(config, io::stdout().is_terminal(), io::stdout())
}

/// The same, to somewhere else than standard output.
pub fn init_to(config: &LogConfig, out: impl Write + Send + 'static) -> Result<LogGuard, LogError> {
    start(config, false, out)
}

fn start(
    config: &LogConfig,
    colored: bool,
    out: impl Write + Send + 'static,
) -> Result<LogGuard, LogError> {
    let (log, guard) = Log::start(config, colored, Clock::system(), out)?;
    if log.try_init().is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
    Ok(guard)
}

/// Says where it happened, which whoever catches a panic can't.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    let reason = panic.payload_as_str().unwrap_or("no text");
    tracing::error!(location, reason, "unhandled panic");
}

/// The layer that makes lines of events.
pub(super) struct Log {
    lines: Lines,
    format: LogFormat,
    colored: bool,
    service: Box<str>,
    clock: Clock,
}

thread_local! {
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// What a thread's buffers may keep of an unusually long line.
const KEPT: usize = 16 * 1024;

impl Log {
    /// A subscriber that writes to `out`, and what keeps it going.
    pub(super) fn start<W: Write + Send + 'static>(
        config: &LogConfig,
        colored: bool,
        clock: Clock,
        out: W,
    ) -> Result<(impl Subscriber + Send + Sync + use<W>, LogGuard), LogError> {
        let filter = EnvFilter::try_new(&config.level).map_err(|reason| LogError::Level {
            level: config.level.clone(),
            reason: reason.to_string(),
        })?;
        let (writer, lines) = Writer::start(out).map_err(LogError::Thread)?;
        let log = Self {
            lines,
            format: config.format,
            colored,
            service: config.service.as_str().into(),
            clock,
        };
        Ok((
            Registry::default().with(filter).with(log),
            LogGuard { _writer: writer },
        ))
    }

    fn write(&self, event: &Event<'_>, line: &mut Vec<u8>, data: &mut Vec<u8>) {
        line.clear();
        data.clear();
        match self.format {
            LogFormat::Json => json::write(event, &self.service, &self.clock, line, data),
            LogFormat::Pretty => pretty::write(event, self.colored, &self.clock, line, data),
        }
        self.lines
            .put(line, *event.metadata().level() <= Level::WARN);
        line.shrink_to(KEPT);
        data.shrink_to(KEPT);
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        BUFFERS.with(|buffers| match buffers.try_borrow_mut() {
            Ok(mut buffers) => {
                let (line, data) = &mut *buffers;
                self.write(event, line, data);
            }
            // A value that logs while it is being logged.
            Err(_) => self.write(event, &mut Vec::new(), &mut Vec::new()),
        });
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
