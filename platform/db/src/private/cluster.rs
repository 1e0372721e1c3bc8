//! Makes the cluster.
//!
//! Invariant: the folder `cluster` is either absent (or empty) or a whole cluster on disk: initdb works in a folder
//! beside it, which gets its name only when all is done. A start that was interrupted half-way is done again.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::error::PrivatePostgresError;
use super::place::{Place, cluster_major};
use super::process::Keeper;
use super::{ROLE, predecessor};

const INITDB_PATIENCE: Duration = Duration::from_secs(180);

pub(super) async fn ensure(place: &Place, keeper: &Keeper) -> Result<(), PrivatePostgresError> {
    let cluster = place.cluster();
    if cluster_major(&cluster).is_some() {
        return take_over(place, &cluster);
    }
    match fs::read_dir(&cluster).map(|mut entries| entries.next().is_none()) {
        // Renaming replaces an empty folder, such as one where a disk is mounted on the folder above.
        Ok(true) => {}
        Ok(false) => return Err(PrivatePostgresError::NotACluster { folder: cluster }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(PrivatePostgresError::file("open", &cluster)(error)),
    }
    tracing::info!(
        location = %cluster.display(),
        major = place.binaries.major,
        "Making a database in {}",
        cluster.display()
    );
    initialise(place, keeper).await?;
    let unfinished = place.unfinished_cluster();
    fs::rename(&unfinished, &cluster).map_err(PrivatePostgresError::file("make", &cluster))?;
    // initdb has synchronised its files; the new name is ours to make last.
    fs::File::open(&place.home)
        .and_then(|folder| folder.sync_all())
        .map_err(PrivatePostgresError::file("synchronise", &place.home))
}

/// A cluster that root owns was copied back by root, from a backup for instance.
fn take_over(place: &Place, cluster: &Path) -> Result<(), PrivatePostgresError> {
    let owner = fs::metadata(cluster)
        .map_err(PrivatePostgresError::file("open", cluster))?
        .uid();
    if place.user.switches && owner == 0 {
        place.user.own_all(cluster)?;
    }
    Ok(())
}

async fn initialise(place: &Place, keeper: &Keeper) -> Result<(), PrivatePostgresError> {
    // Text sorts by code point, which no update of the C library changes, so indexes stay sound; but letters
    // beyond ASCII have upper and lower case, where the C library knows C.UTF-8.
    match run_initdb(place, keeper, "C.UTF-8").await {
        Err(PrivatePostgresError::InitialisationFailed { output, .. })
            if output.contains("locale") =>
        {
            run_initdb(place, keeper, "C").await
        }
        result => result,
    }
}

async fn run_initdb(
    place: &Place,
    keeper: &Keeper,
    character_type: &str,
) -> Result<(), PrivatePostgresError> {
    let unfinished = place.unfinished_cluster();
    predecessor::await_end(&unfinished).await?;
    remove(&unfinished)?;
    DirBuilder::new()
        .mode(0o700)
        .create(&unfinished)
        .map_err(PrivatePostgresError::file("make", &unfinished))?;
    place.user.own(&unfinished)?;
    let start = place.log.end();
    let command = initdb(place, character_type)?;
    // Killed with us, and not merely interrupted: initdb would tidy up the folder while the next server's is at work.
    let mut child = keeper.spawn(command, Signal::SIGKILL).await?;
    let status = match tokio::time::timeout(INITDB_PATIENCE, child.wait()).await {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(_) => {
            keeper.terminate(&mut child, Duration::ZERO).await;
            format!("not done after {} seconds", INITDB_PATIENCE.as_secs())
        }
    };
    let output = place.log.tail(start);
    // The next start does it again if need be; why initdb failed matters more now.
    let _ = remove(&unfinished);
    Err(PrivatePostgresError::InitialisationFailed { status, output })
}

fn initdb(place: &Place, character_type: &str) -> Result<Command, PrivatePostgresError> {
    let mut command = place.user.command(&place.binaries.program("initdb"));
    command
        .arg("--pgdata")
        .arg(place.unfinished_cluster())
        .args(["--username", ROLE, "--encoding", "UTF8", "--data-checksums"])
        .args(["--locale", "C", "--lc-ctype", character_type])
        // Ours are given on the command line; these are for whoever starts the cluster by hand.
        .args(["--auth-local", "peer", "--auth-host", "reject"])
        .stdout(Stdio::from(place.log.writer()?))
        .stderr(Stdio::from(place.log.writer()?));
    Ok(command)
}

fn remove(folder: &Path) -> Result<(), PrivatePostgresError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(PrivatePostgresError::file("remove", folder)(error))
        }
        _ => Ok(()),
    }
}
