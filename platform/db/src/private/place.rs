//! Where the database lies.
//!
//! ```text
//! base/                   the data folder, or /var/lib/grandstand/<hash> where PostgreSQL's user can't reach that
//!   grandstand.lock
//!   postgres.location     only in the data folder, and only if the base is elsewhere
//!   postgres/             ours
//!     cluster/            PostgreSQL's
//!     cluster.unfinished/ PostgreSQL's, while initdb runs
//!     config/             ours; local.conf is the administrator's
//!     postgres.log        ours
//!     socket/             PostgreSQL's, unless its path is too long
//! ```
//! Invariant: once there is a cluster, every later start uses it or fails; an empty one is never silently begun
//! beside it. And where PostgreSQL is another user than we, nothing of ours is written inside a folder that is
//! PostgreSQL's: as root, we would follow whatever link it had put there.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::error::PrivatePostgresError;
use super::find::{self, Binaries};
use super::lock::Lock;
use super::log::Log;
use super::socket;
use super::user::{RunUser, hand_to_owner_of};

/// Where root puts what PostgreSQL can't reach in the data folder. Not /tmp: data shall outlive a restart.
const ELSEWHERE: &str = "/var/lib/grandstand";

/// Everything that is settled before the first process starts.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) user: RunUser,
    pub(super) binaries: Binaries,
    /// The folder `postgres`, ours.
    pub(super) home: PathBuf,
    pub(super) socket_folder: PathBuf,
    pub(super) log: Log,
}

impl Place {
    pub(super) fn cluster(&self) -> PathBuf {
        cluster_in(&self.home)
    }

    pub(super) fn unfinished_cluster(&self) -> PathBuf {
        self.home.join("cluster.unfinished")
    }

    pub(super) fn config(&self) -> PathBuf {
        self.home.join("config")
    }

    /// Locks the data folder before anything else, then finds out where the cluster lies or shall lie, who runs it,
    /// and with which programs. Blocks.
    pub(super) fn settle(data_dir: &Path) -> Result<(Self, Vec<Lock>), PrivatePostgresError> {
        let data_dir = open_data_dir(data_dir)?;
        let mut locks = vec![Lock::take(&data_dir, &data_dir)?];
        let note = data_dir.join("postgres.location");
        let remembered = recall(&note)?;
        let mut base = remembered.clone().unwrap_or_else(|| data_dir.clone());
        let cluster = cluster_in(&home_in(&base));
        let user = RunUser::choose(&base, &cluster)?;
        let major = cluster_major(&cluster);
        let binaries = find::find(&user, major.map(|major| (cluster.as_path(), major)))?;
        if user.switches && !reaches(&user, &binaries, &base) {
            if remembered.is_some() || cluster.exists() {
                return Err(PrivatePostgresError::Unreachable {
                    cluster,
                    user: user.name,
                });
            }
            base = choose_elsewhere(&data_dir, &note)?;
            tracing::info!(
                data_dir = %data_dir.display(),
                location = %base.display(),
                "PostgreSQL runs as user {}, who can't reach the data folder: the database lies in {}",
                user.name,
                base.display()
            );
        }
        if base != data_dir {
            // A copy of the data folder names the same location.
            locks.push(Lock::take(&base, &data_dir)?);
        }
        let home = home_in(&base);
        make_folder(&base, &home, if user.switches { 0o711 } else { 0o700 })?;
        make_folder(
            &home,
            &home.join("config"),
            if user.switches { 0o755 } else { 0o700 },
        )?;
        let place = Self {
            socket_folder: socket::choose_folder(&user, &home)?,
            log: Log::open(&home)?,
            user,
            binaries,
            home,
        };
        Ok((place, locks))
    }
}

/// What a start on this folder would run: the programs' folder and their major version. Changes nothing. Blocks.
pub(super) fn programs(data_dir: &Path) -> Result<(PathBuf, u32), PrivatePostgresError> {
    let (base, cluster) = existing(data_dir)?;
    let user = RunUser::choose(&base, &cluster)?;
    let major = cluster_major(&cluster);
    let binaries = find::find(&user, major.map(|major| (cluster.as_path(), major)))?;
    Ok((binaries.folder, binaries.major))
}

/// The socket's folder of the PostgreSQL that runs on this data folder, or would. Changes nothing.
pub(super) fn socket_folder(data_dir: &Path) -> Result<PathBuf, PrivatePostgresError> {
    let data_dir =
        fs::canonicalize(data_dir).map_err(PrivatePostgresError::file("open", data_dir))?;
    let (base, cluster) = existing(&data_dir)?;
    let user = RunUser::choose(&base, &cluster)?;
    Ok(socket::folder_for(&user, &home_in(&base)))
}

/// The base and the cluster as they are, or would be if the data folder can be reached.
fn existing(data_dir: &Path) -> Result<(PathBuf, PathBuf), PrivatePostgresError> {
    let base = recall(&data_dir.join("postgres.location"))?.unwrap_or_else(|| data_dir.to_owned());
    let cluster = cluster_in(&home_in(&base));
    Ok((base, cluster))
}

fn home_in(base: &Path) -> PathBuf {
    base.join("postgres")
}

fn cluster_in(home: &Path) -> PathBuf {
    home.join("cluster")
}

fn open_data_dir(data_dir: &Path) -> Result<PathBuf, PrivatePostgresError> {
    // Others may pass through, not look: PostgreSQL's user has to where we are root.
    let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
    let failed = || PrivatePostgresError::file("make the data folder", data_dir);
    if !data_dir.exists() {
        fs::create_dir_all(data_dir).map_err(failed())?;
        set_mode(data_dir, mode).map_err(failed())?;
    }
    fs::canonicalize(data_dir).map_err(PrivatePostgresError::file("open", data_dir))
}

fn make_folder(parent: &Path, path: &Path, mode: u32) -> Result<(), PrivatePostgresError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            set_mode(path, mode).map_err(PrivatePostgresError::file("make", path))?;
            hand_to_owner_of(parent, path)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            open_up(path, mode).map_err(PrivatePostgresError::file("open", path))
        }
        Err(error) => Err(PrivatePostgresError::file("make", path)(error)),
    }
}

/// A start that was killed may have made the folder, and not yet opened it to whom it is for. A link was put there by
/// an administrator, and is never followed here.
fn open_up(path: &Path, mode: u32) -> io::Result<()> {
    let present = fs::symlink_metadata(path)?;
    let bits = present.permissions().mode();
    if !present.is_dir() || bits & mode == mode {
        return Ok(());
    }
    fs::OpenOptions::new()
        .read(true)
        .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
        .open(path)?
        .set_permissions(fs::Permissions::from_mode(bits | mode))
}

/// Exactly this mode, whatever our umask is.
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn recall(note: &Path) -> Result<Option<PathBuf>, PrivatePostgresError> {
    match fs::read(note) {
        Ok(bytes) => {
            let location = PathBuf::from(OsStr::from_bytes(bytes.trim_ascii()));
            if location.is_absolute() && location.is_dir() {
                Ok(Some(location))
            } else {
                let note = note.to_owned();
                Err(PrivatePostgresError::LocationLost { note, location })
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PrivatePostgresError::file("read", note)(error)),
    }
}

/// Asks by trying, not by reading modes: access lists, mounts and name spaces have their say too. The program has
/// already run as this user in another folder, so a failure here is the folder's.
fn reaches(user: &RunUser, binaries: &Binaries, folder: &Path) -> bool {
    user.command(&binaries.program("postgres"))
        .arg("--version")
        .current_dir(folder)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A folder of this data folder's own, written down in the note once it exists.
fn choose_elsewhere(data_dir: &Path, note: &Path) -> Result<PathBuf, PrivatePostgresError> {
    let root = Path::new(ELSEWHERE);
    let parent = root.parent().unwrap_or(root);
    make_folder(parent, root, 0o711)?;
    refuse_others(root)?;
    let name = hash(data_dir);
    let mut number = 1;
    let location = loop {
        let location = match number {
            1 => root.join(&name),
            _ => root.join(format!("{name}-{number}")),
        };
        // A cluster that no note leads to belonged to a data folder that was deleted: whoever deletes it wants an
        // empty database, and we don't delete the old one for them.
        if cluster_in(&home_in(&location)).exists() {
            tracing::warn!(location = %location.display(), "The database of a former data folder still lies in {}", location.display());
            number += 1;
            continue;
        }
        break location;
    };
    make_folder(root, &location, 0o711)?;
    write_whole(note, |text| {
        text.extend_from_slice(location.as_os_str().as_bytes());
        text.push(b'\n');
    })?;
    Ok(location)
}

/// As root we make folders in there and give them away: nobody else may be able to exchange them under us.
fn refuse_others(folder: &Path) -> Result<(), PrivatePostgresError> {
    let failed = || PrivatePostgresError::file("use", folder);
    let metadata = fs::symlink_metadata(folder).map_err(failed())?;
    if metadata.is_dir() && metadata.uid() == 0 && metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(failed()(io::Error::other(
        "others than root may write to it",
    )))
}

/// Replaces a file at once, so that a start that is interrupted leaves the old or the new one. PostgreSQL's user
/// may read it.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut Vec<u8>),
) -> Result<(), PrivatePostgresError> {
    let mut text = Vec::new();
    write(&mut text);
    let unfinished = path.with_extension("unfinished");
    let failed = || PrivatePostgresError::file("write", path);
    let save = || -> io::Result<()> {
        let mut file = create_anew(&unfinished, 0o644)?;
        io::Write::write_all(&mut file, &text)?;
        file.sync_all()
    };
    save().map_err(failed())?;
    hand_to_owner_of(path.parent().unwrap_or(path), &unfinished)?;
    fs::rename(&unfinished, path).map_err(failed())
}

/// An empty file of exactly this mode in place of whatever lies there. As root we write in a folder of another user,
/// who may have put a link there: that is removed, never followed.
pub(super) fn create_anew(path: &Path, mode: u32) -> io::Result<fs::File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits())
        .open(path)?;
    // By the handle, not by the name; and whatever our umask is.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

/// The major version that made the cluster, or nothing where there is none.
pub(super) fn cluster_major(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("PG_VERSION"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// A short name for a path: FNV-1a, 64 bits. It has to be the same in every release, which the standard library's
/// hash doesn't promise.
pub(super) fn hash(path: &Path) -> String {
    let hash = path
        .as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_in_the_way_is_replaced_and_not_followed() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let [precious, settings] =
            ["precious", "settings.conf"].map(|name| folder.path().join(name));
        fs::write(&precious, "precious")?;
        for link in [&settings.with_extension("unfinished"), &settings] {
            symlink(&precious, link)?;
        }
        write_whole(&settings, |text| text.extend_from_slice(b"new"))?;
        assert_eq!(fs::read(&precious)?, b"precious");
        assert_eq!(fs::read(&settings)?, b"new");
        assert!(fs::symlink_metadata(&settings)?.is_file());
        Ok(())
    }
}
