//! PostgreSQL's log.
//!
//! Invariant: never more than twice the limit on disk (and what one minute adds); and PostgreSQL can write to it
//! also after we are gone, which a pipe to us wouldn't let it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::PrivatePostgresError;
use super::place::create_anew;
use super::user::hand_to_owner_of;

const LIMIT_BYTES: u64 = 8 * 1024 * 1024;
/// How much of the log an error or a decision looks at.
const TAIL_BYTES: u64 = 16 * 1024;
const TAIL_LINES: usize = 20;

#[derive(Debug)]
pub(super) struct Log {
    pub(super) path: PathBuf,
    file: File,
}

impl Log {
    pub(super) fn open(home: &Path) -> Result<Self, PrivatePostgresError> {
        let path = home.join("postgres.log");
        // Appending matters: PostgreSQL's writes then go to the new end after the file was emptied under it.
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .mode(0o600)
            .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
            .open(&path)
            .map_err(PrivatePostgresError::file("open the log", &path))?;
        hand_to_owner_of(home, &path)?;
        Ok(Self { path, file })
    }

    /// A handle for a child to write to.
    pub(super) fn writer(&self) -> Result<File, PrivatePostgresError> {
        self.file
            .try_clone()
            .map_err(PrivatePostgresError::file("open the log", &self.path))
    }

    /// Where the next line will begin.
    pub(super) fn end(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// The last lines that were written after `start`.
    pub(super) fn tail(&self, start: u64) -> String {
        let read = || -> std::io::Result<Vec<u8>> {
            // Not by its name, which may lead elsewhere by now. Where we read doesn't matter to those who append.
            let mut file = &self.file;
            let from = start.max(self.end().saturating_sub(TAIL_BYTES));
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        last_lines(&read().unwrap_or_default())
    }

    /// Moves a log that has grown too long aside. What is written between the copy and the cut is lost; the file
    /// can't be renamed instead, because PostgreSQL would go on writing to the renamed one.
    pub(super) fn trim(&self) {
        if self.end() > LIMIT_BYTES
            && let Err(error) = self.copy_aside().and_then(|()| self.file.set_len(0))
        {
            tracing::warn!(log = %self.path.display(), %error, "Couldn't shorten PostgreSQL's log");
        }
    }

    fn copy_aside(&self) -> std::io::Result<()> {
        let mut aside = create_anew(&self.path.with_extension("log.1"), 0o600)?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        std::io::copy(&mut file.take(self.end()), &mut aside).map(|_| ())
    }
}

fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_long_log_is_moved_aside_and_written_on() -> Result<(), Box<dyn std::error::Error>> {
        let home = tempfile::tempdir()?;
        let log = Log::open(home.path())?;
        let mut writer = log.writer()?;
        writer.write_all(&vec![b'x'; usize::try_from(LIMIT_BYTES)? + 1])?;
        log.trim();
        assert_eq!(log.end(), 0);
        writer.write_all(b"first\nsecond\n")?;
        assert_eq!(log.tail(0), "first\nsecond");
        assert_eq!(log.tail(6), "second");
        let aside = fs::metadata(home.path().join("postgres.log.1"))?;
        assert_eq!(aside.len(), LIMIT_BYTES + 1);
        Ok(())
    }
}
