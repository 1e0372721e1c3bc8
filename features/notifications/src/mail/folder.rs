//! A file for each mail, which any mail program opens: for servers that have no way to send it.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Undelivered;

/// How long mails are kept: nobody else tidies up there, and they name people.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What a name begins with: when it was written, in UTC.
const TIME: &str = "%Y%m%dT%H%M%SZ";

#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The name begins with the time, so that the newest stands last. The same mail is one file, however often it is
    /// written.
    pub async fn write(&self, id: Uuid, now: Timestamp, message: &[u8]) -> Result<(), Undelivered> {
        let name = format!("{}-{id}", now.strftime(TIME));
        let (unfinished, finished) = (
            self.0.join(format!("{name}.part")),
            self.0.join(format!("{name}.eml")),
        );
        let written = async {
            tokio::fs::create_dir_all(&self.0).await?;
            tokio::fs::write(&unfinished, message).await?;
            tokio::fs::rename(&unfinished, &finished).await
        };
        written.await.map_err(|error: std::io::Error| {
            Undelivered::later(format!("The mail could not be written to a file: {error}."))
        })
    }

    /// Removes the mails that were written more than 30 days ago, by their names; what others put there stays. Gives
    /// how many went.
    pub async fn purge(&self, now: Timestamp) -> io::Result<u64> {
        let oldest = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let mut files = match tokio::fs::read_dir(&self.0).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            files => files?,
        };
        let mut count = 0;
        while let Some(file) = files.next_entry().await? {
            let written_at = file.file_name().to_str().and_then(written_at);
            if written_at.is_some_and(|at| at < oldest) {
                tokio::fs::remove_file(file.path()).await?;
                count += 1;
            }
        }
        Ok(count)
    }
}

/// None for what is no mail of ours.
fn written_at(name: &str) -> Option<Timestamp> {
    let name = name
        .strip_suffix(".eml")
        .or_else(|| name.strip_suffix(".part"))?;
    let (time, id) = name.split_once('-')?;
    id.parse::<Uuid>().ok()?;
    let time = DateTime::strptime(TIME, time).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn mails_go_after_thirty_days_and_nothing_else_does() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::new(directory.path().join("mail"));
        let written: Timestamp = "2026-02-27T23:59:30Z".parse().unwrap();
        assert_eq!(
            folder.purge(written).await.unwrap(),
            0,
            "there is no folder"
        );
        for days in [0, 1] {
            let at = written + SignedDuration::from_hours(24 * days);
            folder
                .write(Uuid::from_u128(1), at, b"Hello")
                .await
                .unwrap();
        }
        let others = [
            "20200101T000000Z.eml",
            "20200101T000000Z-x.eml",
            "notes.txt",
            "20200101T000000Z-00000000-0000-0000-0000-000000000001.txt",
        ];
        for name in others {
            std::fs::write(folder.0.join(name), "mine").unwrap();
        }
        let unfinished = "20260101T000000Z-00000000-0000-0000-0000-000000000002.part";
        std::fs::write(folder.0.join(unfinished), "Hel").unwrap();
        assert_eq!(folder.purge(written + KEPT).await.unwrap(), 1);
        let second = SignedDuration::from_secs(1);
        assert_eq!(folder.purge(written + KEPT + second).await.unwrap(), 1);
        let left = std::fs::read_dir(&folder.0).unwrap();
        let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left.len(), others.len() + 1);
        assert!(
            left.iter().any(|name| {
                name == "20260228T235930Z-00000000-0000-0000-0000-000000000001.eml"
            })
        );
    }
}
