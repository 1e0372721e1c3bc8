//! The folder of PostgreSQL's socket, the only way to it.
//!
//! Invariant: it belongs to the user that runs PostgreSQL, is closed to all others, and its path is short enough.
//! Nobody else can thus put a socket there for us to talk to.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::error::PrivatePostgresError;
use super::place::hash;
use super::user::RunUser;

/// `sun_path` has 108 bytes on Linux, the last of which is the closing zero; on the other systems it is shorter.
const LONGEST_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
const SOCKET_NAME: &str = "/.s.PGSQL.5432";

/// Makes the folder if need be.
pub(super) fn choose_folder(user: &RunUser, home: &Path) -> Result<PathBuf, PrivatePostgresError> {
    let folder = folder_for(user, home);
    if !folder.starts_with(home) {
        tracing::info!(
            socket_folder = %folder.display(),
            "The data folder's path is too long for a socket: PostgreSQL's lies in {}",
            folder.display()
        );
    }
    prepare(user, &folder)?;
    Ok(folder)
}

/// In the home if its path is short enough, else a runtime folder whose name follows from the home's.
pub(super) fn folder_for(user: &RunUser, home: &Path) -> PathBuf {
    let inside = home.join("socket");
    if fits(&inside) {
        inside
    } else {
        runtime_folder(user, home)
    }
}

fn fits(folder: &Path) -> bool {
    folder.as_os_str().len() + SOCKET_NAME.len() <= LONGEST_PATH
}

fn runtime_folder(user: &RunUser, home: &Path) -> PathBuf {
    let name = hash(home);
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        // Root's own runtime folder is closed to the user that runs PostgreSQL.
        .filter(|folder| !user.switches && folder.is_absolute() && folder.is_dir())
        .map(|folder| folder.join(format!("grandstand-{name}")))
        .filter(|folder| fits(folder))
        .unwrap_or_else(|| PathBuf::from(format!("/tmp/grandstand-{}-{name}", user.uid())))
}

/// In /tmp somebody else may have made a folder of this name; it isn't used then.
fn prepare(user: &RunUser, folder: &Path) -> Result<(), PrivatePostgresError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(PrivatePostgresError::file(
                "make the socket's folder",
                folder,
            )(error));
        }
        _ => {}
    }
    let refuse = |reason| {
        let folder = folder.to_owned();
        Err(PrivatePostgresError::SocketFolder { folder, reason })
    };
    let found = fs::symlink_metadata(folder).map_err(PrivatePostgresError::file("open", folder))?;
    if !found.is_dir() {
        return refuse("it isn't a folder");
    }
    if found.uid() != user.uid() {
        if !(user.switches && found.uid() == 0) {
            return refuse("it belongs to somebody else");
        }
        user.own(folder)?;
    }
    if found.mode() & 0o077 != 0 {
        return refuse("it is open to others");
    }
    if folder.as_os_str().as_bytes().contains(&b'\n') {
        return refuse("its path contains a line break");
    }
    Ok(())
}

/// The folder as an entry of `unix_socket_directories`, a list in which a comma separates and quotes protect.
pub(super) fn as_setting(folder: &Path) -> std::ffi::OsString {
    let mut setting = std::ffi::OsString::from("unix_socket_directories=\"");
    let doubled: Vec<u8> = folder
        .as_os_str()
        .as_bytes()
        .iter()
        .flat_map(|&byte| std::iter::repeat_n(byte, if byte == b'"' { 2 } else { 1 }))
        .collect();
    setting.push(std::ffi::OsStr::from_bytes(&doubled));
    setting.push("\"");
    setting
}
