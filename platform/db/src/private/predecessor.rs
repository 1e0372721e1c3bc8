//! What a server that was killed may have left running.
//!
//! Its PostgreSQL is shutting down, for as long as its last checkpoint takes; or its postmaster is gone and its
//! children are about to notice; or its postmaster is a zombie that nobody has reaped yet; or its process id, in the
//! lock file `postmaster.pid`, has gone to a stranger. PostgreSQL refuses to start in each case.
//!
//! Invariant: the lock file is only removed where no process of PostgreSQL works in the cluster: it is what keeps
//! two from writing to one. We hold Grandstand's lock on the folder all the while.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::PrivatePostgresError;
use super::system;

const POLL: Duration = Duration::from_millis(30);
/// For one that is shutting down.
const PATIENCE: Duration = Duration::from_secs(120);
/// For one that gives no sign of shutting down.
const PATIENCE_IF_READY: Duration = Duration::from_secs(5);
/// Until children without a postmaster are told to go; they usually go by themselves at once.
const ORPHANS_PATIENCE: Duration = Duration::from_secs(3);
const ZOMBIE_PATIENCE: Duration = Duration::from_secs(3);

/// What `postmaster.pid` says: the postmaster's id in the first line, what it is about in the eighth.
pub(super) struct LockFile {
    pub(super) postmaster: Pid,
    pub(super) is_ready: bool,
}

impl LockFile {
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        // Negative while a single-user backend, such as initdb's, holds it.
        let id: i32 = lines.next()?.trim().parse().ok()?;
        Some(Self {
            postmaster: Pid::from_raw(id.checked_abs()?),
            is_ready: lines.nth(6).is_some_and(|state| state.trim() == "ready"),
        })
    }
}

/// Returns once a postmaster may start in the cluster.
pub(super) async fn await_end(cluster: &Path) -> Result<(), PrivatePostgresError> {
    let start = Instant::now();
    let mut told = false;
    loop {
        let lock_file = LockFile::read(cluster);
        let postmaster = lock_file.as_ref().map(|file| file.postmaster);
        let at_work = system::at_work_in(cluster, postmaster);
        let Some(&first) = at_work.first() else {
            break;
        };
        let waited = start.elapsed();
        if !told && waited > Duration::from_secs(1) {
            told = true;
            tracing::info!(cluster = %cluster.display(), "Waiting for a former PostgreSQL to shut down");
        }
        let has_postmaster = postmaster.is_some_and(|postmaster| at_work.contains(&postmaster));
        let is_ready = lock_file.is_some_and(|file| file.is_ready);
        if waited > PATIENCE || (has_postmaster && is_ready && waited > PATIENCE_IF_READY) {
            return Err(PrivatePostgresError::StillRunning {
                cluster: cluster.to_owned(),
                process_id: postmaster
                    .filter(|_| has_postmaster)
                    .unwrap_or(first)
                    .as_raw(),
            });
        }
        if !has_postmaster && waited > ORPHANS_PATIENCE {
            for process in at_work {
                // Nothing is lost by this: without a postmaster all they can do is end.
                let _ = kill(process, Signal::SIGQUIT);
            }
        }
        tokio::time::sleep(POLL).await;
    }
    if cfg!(target_os = "linux") {
        remove_stale_lock_file(cluster).await?;
    }
    Ok(())
}

/// PostgreSQL recognises its own stale lock file unless the process id in it is in use: by a zombie, or, as ids are
/// small in a container, by whoever got the same one after a restart.
async fn remove_stale_lock_file(cluster: &Path) -> Result<(), PrivatePostgresError> {
    let start = Instant::now();
    while let Some(file) = LockFile::read(cluster).filter(|file| is_in_use(file.postmaster)) {
        if start.elapsed() > ZOMBIE_PATIENCE || !system::is_zombie(file.postmaster) {
            let path = cluster.join("postmaster.pid");
            tracing::info!(
                process_id = file.postmaster.as_raw(),
                "Removing PostgreSQL's stale lock file"
            );
            return fs::remove_file(&path)
                .map_err(PrivatePostgresError::file("remove the stale", &path));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

fn is_in_use(process: Pid) -> bool {
    kill(process, None) != Err(nix::errno::Errno::ESRCH)
}
