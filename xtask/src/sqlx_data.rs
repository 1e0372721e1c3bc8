//! `.sqlx`: what PostgreSQL says about each of our SQL statements, so that a build needs no database.
//!
//! A throwaway PostgreSQL gets all migrations; then the crates that hold checked SQL are compiled against it. sqlx's
//! macros ask it about each statement, write the answers into the folder that SQLX_OFFLINE_DIR names, and fail the
//! build where a statement doesn't fit the schema. A build without CHECK_DATABASE_URL (named in each crate's
//! `sqlx.toml`) reads the answers from `.sqlx`.
//!
//! Invariant: `.sqlx` is changed only after everything compiled.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use db::private::PrivatePostgres;
use db::{Database, DatabaseConfig};
use sqlx::ConnectOptions;

use crate::workspace::{Package, Workspace, cargo};

/// File name to content.
type Answers = BTreeMap<String, Vec<u8>>;

pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let answers = ask(workspace)?;
    let folder = workspace.root.join(".sqlx");
    fs::create_dir_all(&folder)?;
    let before = read(&folder)?;
    for name in before.keys().filter(|name| !answers.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    for (name, content) in &answers {
        if before.get(name) != Some(content) {
            fs::write(folder.join(name), content)?;
        }
    }
    println!(".sqlx holds {} statements", answers.len());
    Ok(())
}

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let answers = ask(workspace)?;
    let differences = differences(&read(&workspace.root.join(".sqlx"))?, &answers);
    ensure!(
        differences.is_empty(),
        "{}\nRun `cargo xtask sqlx` and commit .sqlx.",
        differences.join("\n")
    );
    println!(".sqlx holds {} statements, all up to date", answers.len());
    Ok(())
}

fn differences(before: &Answers, now: &Answers) -> Vec<String> {
    let gone = before
        .keys()
        .filter(|name| !now.contains_key(*name))
        .map(|name| format!(".sqlx/{name}: no statement of ours needs it any more"));
    let changed = now
        .iter()
        .filter_map(|(name, content)| match before.get(name) {
            None => Some(format!(".sqlx/{name}: missing")),
            Some(old) if old != content => {
                Some(format!(".sqlx/{name}: PostgreSQL now says something else"))
            }
            Some(_) => None,
        });
    gone.chain(changed).collect()
}

/// All answers in a folder; none if there is no such folder.
fn read(folder: &Path) -> Result<Answers> {
    let mut answers = Answers::new();
    if !folder.exists() {
        return Ok(answers);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("query-") && name.ends_with(".json") {
            answers.insert(name.into_owned(), fs::read(&path)?);
        }
    }
    Ok(answers)
}

#[tokio::main]
async fn ask(workspace: &Workspace) -> Result<Answers> {
    let scratch = tempfile::Builder::new()
        .prefix("grandstand-sqlx-")
        // As root, PostgreSQL runs as another user, who has to get in.
        .permissions(Permissions::from_mode(0o711))
        .tempdir()?;
    let postgres = PrivatePostgres::start(&scratch.path().join("data")).await?;
    let options = postgres.connect_options();
    let database = Database::open(&DatabaseConfig {
        options: options.clone(),
        max_connections: 1,
    })
    .await?;
    database.close().await;

    let folder = scratch.path().join("answers");
    fs::create_dir(&folder)?;
    let url = options.to_url_lossy().to_string();
    // Cargo blocks this thread; PostgreSQL is looked after by the runtime's others.
    let compiled = compile(workspace, &url, &folder);
    postgres.stop().await?;
    compiled?;
    read(&folder)
}

/// Compiles the crates that hold checked SQL, in whatever state their build artifacts are.
fn compile(workspace: &Workspace, url: &str, folder: &Path) -> Result<()> {
    let packages: Vec<&Package> = workspace
        .packages
        .iter()
        .filter(|package| {
            workspace
                .root
                .join(&package.folder)
                .join("sqlx.toml")
                .exists()
        })
        .collect();
    ensure!(
        !packages.is_empty(),
        "no crate has a sqlx.toml, which marks those with checked SQL"
    );
    let _touched = packages
        .iter()
        .flat_map(|package| &package.entry_files)
        .map(|file| Touched::new(file))
        .collect::<Result<Vec<_>>>()?;
    let status = cargo()
        .args(["check", "--quiet", "--all-targets", "--all-features"])
        .args(
            packages
                .iter()
                .flat_map(|package| ["--package", package.name.as_str()]),
        )
        .current_dir(&workspace.root)
        .env("CHECK_DATABASE_URL", url)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", folder)
        .status()
        .context("cargo can't be run")?;
    if !status.success() {
        bail!("The SQL doesn't fit the migrations, or the code doesn't compile: see above.");
    }
    Ok(())
}

/// A source file that looks changed as long as this lives: cargo can't see that the database has changed, and would
/// not compile the file again. Afterwards it has its old time, so that nobody's next build takes longer.
struct Touched {
    file: PathBuf,
    before: SystemTime,
    now: SystemTime,
}

impl Touched {
    fn new(file: &Path) -> Result<Self> {
        let failed = || format!("{} can't be touched", file.display());
        let before = modified(file).with_context(failed)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "cargo compares files with the machine's clock"
        )]
        set_modified(file, SystemTime::now()).with_context(failed)?;
        // What the file system made of it, which may be less exact than the clock.
        let now = modified(file).with_context(failed)?;
        Ok(Self {
            file: file.to_owned(),
            before,
            now,
        })
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        // Somebody may have saved the file in the meantime: then the new time is the truth.
        if modified(&self.file).is_ok_and(|time| time == self.now) {
            // A failure costs one needless compilation.
            let _ = set_modified(&self.file, self.before);
        }
    }
}

fn modified(file: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(file)?.modified()
}

fn set_modified(file: &Path, time: SystemTime) -> std::io::Result<()> {
    File::options()
        .write(true)
        .open(file)?
        .set_times(FileTimes::new().set_modified(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_each_file() {
        let answers = |pairs: &[(&str, &str)]| -> Answers {
            pairs
                .iter()
                .map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec()))
                .collect()
        };
        let before = answers(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let now = answers(&[("b", "1"), ("c", "2"), ("d", "1")]);
        let found = differences(&before, &now).join("\n");
        assert!(found.contains("/a: no statement") && found.contains("/c: PostgreSQL now"));
        assert!(found.contains("/d: missing") && !found.contains("/b"));
        assert!(differences(&now, &now).is_empty());
    }

    #[test]
    fn a_touched_file_gets_its_time_back_unless_it_was_saved() -> Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        let long_ago = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        set_modified(file.path(), long_ago)?;
        let touched = Touched::new(file.path())?;
        assert_ne!(modified(file.path())?, long_ago);
        drop(touched);
        assert_eq!(modified(file.path())?, long_ago);

        let touched = Touched::new(file.path())?;
        let saved = long_ago + std::time::Duration::from_secs(60);
        set_modified(file.path(), saved)?;
        drop(touched);
        assert_eq!(modified(file.path())?, saved);
        Ok(())
    }
}
