//! The thread that starts PostgreSQL's processes and outlives them.
//!
//! The kernel's death signal follows the *thread* that spawned a process: spawned from a worker of the runtime,
//! PostgreSQL would be shut down whenever that worker retires. So one thread spawns, waits, and does nothing else.
//!
//! Invariants: at most one process runs at a time; the locks are held until it has ended; a signal is only ever
//! sent to a process that hasn't been reaped, so never to a stranger that got its id.

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::{oneshot, watch};

use super::error::PrivatePostgresError;
use super::lock::Lock;
use super::system;

/// After the patience for a clean end: for SIGQUIT, and again for SIGKILL.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Keeper {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    finished: Condvar,
}

#[derive(Debug)]
struct State {
    /// Empty once nothing more may be started.
    requests: Option<mpsc::Sender<Request>>,
    /// The running process, not yet reaped.
    process: Option<Pid>,
    finished: bool,
}

#[derive(Debug)]
struct Request {
    command: Command,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// A process of the keeper's. Dropping this changes nothing for the process.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) pid: Pid,
    end: watch::Receiver<Option<ExitStatus>>,
}

impl Keeper {
    pub(super) fn start(locks: Vec<Lock>) -> Result<Self, PrivatePostgresError> {
        let (requests, received) = mpsc::channel();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                requests: Some(requests),
                process: None,
                finished: false,
            }),
            finished: Condvar::new(),
        });
        let theirs = shared.clone();
        std::thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || {
                theirs.keep(&received);
                drop(locks);
                theirs.lock().finished = true;
                theirs.finished.notify_all();
            })
            .map_err(|source| PrivatePostgresError::Spawn {
                program: "a thread".to_owned(),
                source,
            })?;
        Ok(Self { shared })
    }

    /// Starts a process once the one before has ended; the kernel sends it `death_signal` if we die.
    pub(super) async fn spawn(
        &self,
        mut command: Command,
        death_signal: Signal,
    ) -> Result<Child, PrivatePostgresError> {
        system::die_with_parent(&mut command, death_signal);
        let program = command.get_program().to_string_lossy().into_owned();
        let (answer, answered) = oneshot::channel();
        let requests = self.shared.lock().requests.clone();
        requests
            .and_then(|requests| requests.send(Request { command, answer }).ok())
            .ok_or(PrivatePostgresError::Stopping)?;
        answered
            .await
            .map_err(|_| PrivatePostgresError::Stopping)?
            .map_err(|source| PrivatePostgresError::Spawn { program, source })
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.shared.lock().signal(signal);
    }

    /// Ends the process but not the keeper: cleanly if it can, by force if it must. True if it ended cleanly.
    pub(super) async fn terminate(&self, child: &mut Child, patience: Duration) -> bool {
        for (signal, patience) in endings(patience) {
            self.signal(signal);
            if tokio::time::timeout(patience, child.wait()).await.is_ok() {
                return signal == Signal::SIGINT;
            }
        }
        false
    }

    /// Ends the process, then the thread, and with it the lock. Blocks. True if the process ended cleanly.
    pub(super) fn end(&self, patience: Duration) -> bool {
        let mut state = self.shared.lock();
        state.requests = None;
        for (signal, patience) in endings(patience) {
            state.signal(signal);
            let deadline = Instant::now() + patience;
            while !state.finished && Instant::now() < deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                let waited = self.shared.finished.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            if state.finished {
                return signal == Signal::SIGINT;
            }
        }
        false
    }
}

impl Drop for Keeper {
    /// The last resort, for a start that failed or was given up and for a handle that was dropped without `stop`.
    fn drop(&mut self) {
        self.end(LAST_PATIENCE);
    }
}

/// PostgreSQL's fast shutdown, its immediate one (it recovers at the next start), and the kernel's.
fn endings(patience: Duration) -> [(Signal, Duration); 3] {
    [
        (Signal::SIGINT, patience),
        (Signal::SIGQUIT, LAST_PATIENCE),
        (Signal::SIGKILL, LAST_PATIENCE),
    ]
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, requests: &mpsc::Receiver<Request>) {
        while let Ok(Request {
            mut command,
            answer,
        }) = requests.recv()
        {
            // Locked over the spawn: whoever ends the keeper meanwhile then sees the process.
            let mut state = self.lock();
            if state.requests.is_none() {
                return;
            }
            let mut process = match command.spawn() {
                Ok(process) => process,
                Err(error) => {
                    drop(state);
                    // If nobody waits for the answer any more, nothing has happened.
                    let _ = answer.send(Err(error));
                    continue;
                }
            };
            let pid = Pid::from_raw(process.id().cast_signed());
            state.process = Some(pid);
            drop(state);
            let (ended, end) = watch::channel(None);
            let _ = answer.send(Ok(Child { pid, end }));
            // The command holds our end of its outputs.
            drop(command);
            let status = loop {
                system::wait_without_reaping(pid);
                let mut state = self.lock();
                if let Some(status) = process.try_wait().transpose() {
                    state.process = None;
                    break status;
                }
            };
            ended.send_replace(Some(status.unwrap_or_else(|_| unknown_failure())));
        }
    }
}

impl State {
    fn signal(&self, signal: Signal) {
        if let Some(process) = self.process {
            // It may have ended already.
            let _ = kill(process, signal);
        }
    }
}

impl Child {
    pub(super) fn process_id(&self) -> u32 {
        self.pid.as_raw().cast_unsigned()
    }

    /// Waits for the end.
    pub(super) async fn wait(&mut self) -> ExitStatus {
        let status = self.end.wait_for(Option::is_some).await;
        status
            .ok()
            .and_then(|status| *status)
            .unwrap_or_else(unknown_failure)
    }
}

/// Exit code 1, for an end whose status was lost.
fn unknown_failure() -> ExitStatus {
    std::os::unix::process::ExitStatusExt::from_raw(1 << 8)
}
