//! A file for each mail, which any mail program opens: for servers that have no way to send it.

use std::path::PathBuf;

use jiff::Timestamp;
use uuid::Uuid;

use crate::Undelivered;

#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The name begins with the time, so that the newest stands last. The same mail is one file, however often it is
    /// written.
    pub async fn write(&self, id: Uuid, now: Timestamp, message: &[u8]) -> Result<(), Undelivered> {
        let name = format!("{}-{id}", now.strftime("%Y%m%dT%H%M%SZ"));
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
}
