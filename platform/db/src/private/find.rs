//! Finds the installed PostgreSQL.
//!
//! Invariant: what is found are real programs, `initdb` and `postgres` side by side with links resolved, which the
//! user that is to run them has just run, and whose major version is the cluster's.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::error::{MINIMUM_MAJOR, PrivatePostgresError};
use super::user::RunUser;

#[derive(Clone, Debug)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Where PostgreSQL is found beside PATH: folder, start of the entry's name, what follows the entry.
const USUAL_PLACES: [(&str, &str, &str); 10] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr/local", "pgsql", "bin"),
    ("/opt", "postgresql", "bin"),
    ("/opt", "pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// Looks in PG_BIN_DIR, in PATH, in the usual places, newest first, and last where `make run` downloads one to; takes the first that fits.
pub(super) fn find(
    user: &RunUser,
    cluster: Option<(&Path, u32)>,
) -> Result<Binaries, PrivatePostgresError> {
    let named = std::env::var_os("PG_BIN_DIR").filter(|value| !value.is_empty());
    if let Some(folder) = &named
        && resolve(Path::new(folder)).is_none()
    {
        // Not silently another one: whoever names a folder means it.
        return Err(PrivatePostgresError::WrongBinDir {
            folder: folder.into(),
        });
    }
    let path = std::env::var_os("PATH");
    let folders = candidates(named.as_deref(), path.as_deref());
    if folders.is_empty() {
        return Err(PrivatePostgresError::NotFound);
    }
    let mut reasons = Vec::new();
    let mut majors = Vec::new();
    for folder in folders {
        match major_version(user, &folder) {
            Ok(major) if major < MINIMUM_MAJOR => {
                reasons.push(format!("{} is version {major}", folder.display()));
            }
            Ok(major) if cluster.is_none_or(|(_, wanted)| wanted == major) => {
                return Ok(Binaries { folder, major });
            }
            Ok(major) => majors.push(format!("{major} ({})", folder.display())),
            Err(reason) => reasons.push(reason),
        }
    }
    match cluster {
        Some((folder, cluster)) if !majors.is_empty() => Err(PrivatePostgresError::OtherMajor {
            folder: folder.to_owned(),
            cluster,
            found: majors.join(", "),
        }),
        _ => Err(PrivatePostgresError::Unusable {
            user: user.name.clone(),
            reasons: reasons.join("; "),
        }),
    }
}

/// The folders that hold both programs, in order of preference, each once.
fn candidates(named: Option<&OsStr>, path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let in_path = path.map(std::env::split_paths).into_iter().flatten();
    let folders = named
        .map(PathBuf::from)
        .into_iter()
        .chain(in_path)
        .chain(usual_places())
        .chain(downloaded(
            geteuid().is_root(),
            std::env::var_os("XDG_CACHE_HOME"),
            std::env::var_os("HOME"),
        ));
    for folder in folders.filter_map(|folder| resolve(&folder)) {
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    for (folder, prefix, suffix) in USUAL_PLACES {
        let mut names: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .collect();
        names.sort_by_key(|name| std::cmp::Reverse(number_in(name)));
        places.extend(
            names
                .into_iter()
                .map(|name| Path::new(folder).join(name).join(suffix)),
        );
    }
    places
}

/// Where scripts/needs.sh puts a PostgreSQL that it downloads.
fn downloaded(root: bool, cache: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let given = |value: Option<OsString>| value.filter(|value| !value.is_empty());
    let cache = if root {
        PathBuf::from("/var/cache")
    } else if let Some(cache) = given(cache) {
        cache.into()
    } else {
        Path::new(&given(home)?).join(".cache")
    };
    Some(cache.join("grandstand/postgresql/bin"))
}

/// The first number in a folder's name, which is the major version wherever there is one.
fn number_in(name: &str) -> u32 {
    name.split(|character: char| !character.is_ascii_digit())
        .find_map(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// The real folder of both programs, if `folder` leads to one. Links such as /usr/local/bin/postgres are followed
/// because PostgreSQL finds its libraries beside its real self.
fn resolve(folder: &Path) -> Option<PathBuf> {
    let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
    let folder = postgres.parent()?;
    (is_program(&postgres) && is_program(&folder.join("initdb"))).then(|| folder.to_owned())
}

/// A shell script around PostgreSQL won't do: the process that we watch and signal must be the postmaster itself.
fn is_program(path: &Path) -> bool {
    let mut start = [0; 2];
    path.is_file()
        && fs::File::open(path)
            .and_then(|mut file| file.read_exact(&mut start))
            .is_ok()
        && start != *b"#!"
}

fn major_version(user: &RunUser, folder: &Path) -> Result<u32, String> {
    let program = folder.join("postgres");
    let output = user
        .command(&program)
        .arg("--version")
        .output()
        .map_err(|error| {
            let program = program.display();
            format!("{program} can't be run as user `{}` ({error})", user.name)
        })?;
    parse_major(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        format!(
            "{} doesn't tell its version ({})",
            program.display(),
            complaint.trim()
        )
    })
}

/// From "postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)", "… 18beta1" or "… 19devel".
fn parse_major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let digits = number.find(|character: char| !character.is_ascii_digit());
    number[..digits.unwrap_or(number.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn install(folder: &Path, start: &str) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("postgres"), start)?;
        fs::write(folder.join("initdb"), start)
    }

    #[test]
    fn versions_are_understood() {
        let debian = "postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)\n";
        assert_eq!(parse_major(debian), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 19devel\n"), Some(19));
        assert_eq!(parse_major("postgres (PostgreSQL) 18"), Some(18));
        assert_eq!(parse_major("something else 15"), None);
    }

    #[test]
    fn a_download_lies_where_the_scripts_put_it() {
        let folder = |root, cache: &str, home: &str| {
            downloaded(root, Some(cache.into()), Some(home.into()))
                .map(|folder| folder.display().to_string())
        };
        for (root, cache, home, want) in [
            (true, "/c", "/h", "/var/cache/grandstand/postgresql/bin"),
            (false, "/c", "/h", "/c/grandstand/postgresql/bin"),
            (false, "", "/h", "/h/.cache/grandstand/postgresql/bin"),
        ] {
            assert_eq!(folder(root, cache, home).as_deref(), Some(want));
        }
        assert_eq!(folder(false, "", ""), None);
    }

    #[test]
    fn links_lead_to_the_real_folder_and_scripts_are_passed_over() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let (real, links, scripts) = (
            root.path().join("real"),
            root.path().join("links"),
            root.path().join("scripts"),
        );
        install(&real, "\u{7f}ELF")?;
        install(&scripts, "#!/bin/sh")?;
        fs::create_dir(&links)?;
        symlink(real.join("postgres"), links.join("postgres"))?;

        let real = fs::canonicalize(real)?;
        assert_eq!(resolve(&links), Some(real.clone()));
        assert_eq!(resolve(&scripts), None);
        let path = std::env::join_paths([&scripts, &links]).map_err(std::io::Error::other)?;
        assert_eq!(candidates(None, Some(&path)).first(), Some(&real));
        Ok(())
    }
}
