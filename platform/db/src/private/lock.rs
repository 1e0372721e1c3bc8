//! One server per data folder.
//!
//! Invariant: whoever holds the lock is the only Grandstand server that touches the folder. The kernel releases it
//! when the server ends, however it ends; the file stays, because deleting a lock file is a race.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::PrivatePostgresError;
use super::user::hand_to_owner_of;

/// A server that was killed while it was forking leaves its lock, for the moment before exec, to the child.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Locks `folder`; `data_dir` is what an error calls it. Blocks.
    #[expect(
        clippy::disallowed_methods,
        reason = "called where blocking is allowed, and a lock can't tell when it is free"
    )]
    pub(super) fn take(folder: &Path, data_dir: &Path) -> Result<Self, PrivatePostgresError> {
        let path = folder.join("grandstand.lock");
        let failed = || PrivatePostgresError::file("lock", &path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
            .open(&path)
            .map_err(failed())?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    // Unreadable or just being written: then the message does without.
                    let _ = file.read_to_string(&mut text);
                    return Err(PrivatePostgresError::AlreadyInUse {
                        folder: data_dir.to_owned(),
                        process_id: text.trim().parse().ok(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(failed()(source)),
            }
        }
        hand_to_owner_of(folder, &path)?;
        file.set_len(0).map_err(failed())?;
        writeln!(file, "{}", std::process::id()).map_err(failed())?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file isn't enough: a child that is being forked this moment shares the lock until it execs.
        let _ = self.0.unlock();
    }
}
