//! Who runs PostgreSQL.
//!
//! Invariant: never root, always a user with a name, because PostgreSQL refuses the one and initdb and peer
//! authentication need the other. Only root can choose: any other user runs it as itself.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, chown, geteuid};

use super::error::PrivatePostgresError;

#[derive(Clone, Debug)]
pub(super) struct RunUser {
    pub(super) name: String,
    uid: Uid,
    gid: Gid,
    /// We are root, and become this user to run PostgreSQL.
    pub(super) switches: bool,
}

impl RunUser {
    /// Root runs an existing cluster as its owner, a new one as the owner of the folder that it comes to lie in
    /// (`sudo` in somebody's checkout shall leave nothing that they can't use or delete), else as `postgres`,
    /// else as `nobody`.
    pub(super) fn choose(base: &Path, cluster: &Path) -> Result<Self, PrivatePostgresError> {
        let us = geteuid();
        if !us.is_root() {
            return match owner(cluster) {
                Some(owner) if owner != us => Err(PrivatePostgresError::OtherOwner {
                    cluster: cluster.to_owned(),
                    owner: owner.as_raw(),
                }),
                _ => Self::named(entry(us)?, false),
            };
        }
        if let Some(owner) = owner(cluster).filter(|owner| !owner.is_root()) {
            return Self::named(entry(owner)?, true);
        }
        owner(base)
            .filter(|owner| !owner.is_root())
            .and_then(|owner| User::from_uid(owner).ok().flatten())
            .or_else(|| by_name("postgres"))
            .or_else(|| by_name("nobody"))
            .ok_or(PrivatePostgresError::NoUserBesidesRoot)
            .and_then(|user| Self::named(user, true))
    }

    fn named(user: User, switches: bool) -> Result<Self, PrivatePostgresError> {
        // pg_ident.conf has no way to write a quote, and takes a leading slash for a regular expression.
        if user.name.contains(['"', '\n', '\\']) || user.name.starts_with('/') {
            return Err(PrivatePostgresError::NamelessUser {
                user_id: user.uid.as_raw(),
            });
        }
        Ok(Self {
            name: user.name,
            uid: user.uid,
            gid: user.gid,
            switches,
        })
    }

    pub(super) fn uid(&self) -> u32 {
        self.uid.as_raw()
    }

    /// A command that runs as this user, and knows nothing of our environment: secrets lie in it, and variables
    /// such as PGDATA would bend what PostgreSQL does.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Messages in English: some are looked for.
        command.env("LC_ALL", "C");
        // The folder that we stand in may be closed to this user.
        command.current_dir("/");
        command.stdin(std::process::Stdio::null());
        if self.switches {
            // As root, `std` also drops the supplementary groups before it changes the user.
            command.gid(self.gid.as_raw()).uid(self.uid.as_raw());
        }
        command
    }

    /// Gives a folder that we have made to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        if self.switches {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(std::io::Error::from)
                .map_err(PrivatePostgresError::file("change the owner of", path))?;
        }
        Ok(())
    }

    /// Gives everything under a folder to this user; links are changed themselves, never followed.
    pub(super) fn own_all(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        let failed = || PrivatePostgresError::file("change the owner of", path);
        std::os::unix::fs::lchown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
            .map_err(failed())?;
        if std::fs::symlink_metadata(path).map_err(failed())?.is_dir() {
            for entry in std::fs::read_dir(path).map_err(failed())? {
                self.own_all(&entry.map_err(failed())?.path())?;
            }
        }
        Ok(())
    }
}

/// The name of the user that this process runs as; peer authentication knows us by it.
pub(super) fn our_name() -> Result<String, PrivatePostgresError> {
    RunUser::named(entry(geteuid())?, false).map(|user| user.name)
}

/// What root makes inside somebody's folder belongs to them, so that they can also run Grandstand themselves.
pub(super) fn hand_to_owner_of(folder: &Path, path: &Path) -> Result<(), PrivatePostgresError> {
    if geteuid().is_root() {
        let failed = || PrivatePostgresError::file("change the owner of", path);
        let folder = std::fs::metadata(folder).map_err(failed())?;
        std::os::unix::fs::lchown(path, Some(folder.uid()), Some(folder.gid())).map_err(failed())?;
    }
    Ok(())
}

fn owner(path: &Path) -> Option<Uid> {
    Some(Uid::from_raw(std::fs::metadata(path).ok()?.uid()))
}

fn entry(uid: Uid) -> Result<User, PrivatePostgresError> {
    User::from_uid(uid)
        .ok()
        .flatten()
        .ok_or(PrivatePostgresError::NamelessUser {
            user_id: uid.as_raw(),
        })
}

fn by_name(name: &str) -> Option<User> {
    User::from_name(name).ok().flatten()
}
