//! Folders that are out of reach, too long, not ours, or not what they should be.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;

use db::private::{PrivatePostgres, PrivatePostgresError};
use nix::unistd::geteuid;
use sqlx::Connection;

use super::{Outcome, connect, count_notes, create_notes, folder, set_mode};

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_a_runtime_folder() -> Outcome {
    let data = folder()?;
    let long = data.path().join("long ".repeat(30)).join("data");
    let parent = long.parent().ok_or("no parent")?;
    fs::create_dir(parent)?;
    set_mode(parent, 0o711)?;
    let postgres = PrivatePostgres::start(&long).await?;
    let options = postgres.connect_options();
    let socket = options.get_socket().ok_or("no socket")?;
    assert!(!socket.starts_with(&long));
    let metadata = fs::symlink_metadata(socket)?;
    assert_eq!(metadata.mode() & 0o777, 0o700);
    assert_eq!(
        metadata.uid(),
        fs::metadata(postgres.location())?.uid(),
        "PostgreSQL's own"
    );
    assert!(postgres.location().starts_with(long.canonicalize()?));
    connect(&postgres).await?.close().await?;
    postgres.stop().await?;
    fs::remove_dir_all(socket)?;
    Ok(())
}

/// Quotes, commas and letters beyond ASCII pass through PostgreSQL's own syntax for lists and files.
#[tokio::test]
async fn a_path_with_special_characters_works() -> Outcome {
    let data = folder()?;
    let strange = data.path().join("it's \"one\", ünd");
    let postgres = PrivatePostgres::start(&strange).await?;
    assert!(
        postgres
            .connect_options()
            .get_socket()
            .is_some_and(|socket| socket.starts_with(&strange))
    );
    postgres.stop().await?;
    Ok(())
}

/// As root, PostgreSQL's user can't enter /root: the database lies elsewhere, and is found again.
#[tokio::test]
async fn a_folder_that_only_root_may_enter_is_remembered_elsewhere() -> Outcome {
    if !geteuid().is_root() {
        return Ok(());
    }
    let closed = folder()?;
    set_mode(closed.path(), 0o700)?;
    let data = closed.path().join("checkout/data");
    let postgres = PrivatePostgres::start(&data).await?;
    let location = postgres.location().to_owned();
    create_notes(&postgres).await?;
    postgres.stop().await?;
    assert!(location.starts_with("/var/lib/grandstand"));
    let note = data.join("postgres.location");
    let base = PathBuf::from(fs::read_to_string(&note)?.trim_end());
    assert!(location.starts_with(&base));

    let postgres = PrivatePostgres::start(&data).await?;
    assert_eq!(postgres.location(), location);
    assert_eq!(count_notes(&postgres).await?, 10_000);

    // A copy of the data folder names the same place, and must not share it.
    let copy = closed.path().join("copy");
    fs::create_dir(&copy)?;
    fs::copy(&note, copy.join("postgres.location"))?;
    let shared = PrivatePostgres::start(&copy).await;
    assert!(matches!(
        shared,
        Err(PrivatePostgresError::AlreadyInUse { .. })
    ));
    postgres.stop().await?;

    // The place is lost: nothing empty takes its place.
    fs::remove_dir_all(&base)?;
    let lost = PrivatePostgres::start(&data).await;
    assert!(matches!(
        lost,
        Err(PrivatePostgresError::LocationLost { .. })
    ));
    Ok(())
}

#[tokio::test]
async fn a_database_that_got_out_of_reach_is_an_error_and_not_an_empty_one() -> Outcome {
    if !geteuid().is_root() {
        return Ok(());
    }
    let parent = folder()?;
    let data = parent.path().join("data");
    PrivatePostgres::start(&data).await?.stop().await?;
    set_mode(parent.path(), 0o700)?;
    let refused = PrivatePostgres::start(&data).await;
    assert!(matches!(
        refused,
        Err(PrivatePostgresError::Unreachable { .. })
    ));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_used_is_said_and_left_alone() -> Outcome {
    let data = folder()?;
    let file = data.path().join("file");
    fs::write(&file, "no folder")?;
    let refused = PrivatePostgres::start(&file.join("data")).await;
    assert!(matches!(refused, Err(PrivatePostgresError::File { .. })));

    let cluster = data.path().join("postgres/cluster");
    fs::create_dir_all(&cluster)?;
    set_mode(&data.path().join("postgres"), 0o711)?;
    fs::write(cluster.join("thesis.txt"), "dear to somebody")?;
    let refused = PrivatePostgres::start(data.path()).await;
    assert!(matches!(
        refused,
        Err(PrivatePostgresError::NotACluster { .. })
    ));
    assert!(cluster.join("thesis.txt").exists());

    fs::remove_file(cluster.join("thesis.txt"))?;
    fs::write(cluster.join("PG_VERSION"), "9\n")?;
    let Err(refused) = PrivatePostgres::start(data.path()).await else {
        return Err("a cluster of another version was started".into());
    };
    assert!(matches!(refused, PrivatePostgresError::OtherMajor { .. }));

    // PostgreSQL's own words are in the error.
    fs::remove_dir_all(data.path())?;
    fs::create_dir(data.path())?;
    set_mode(data.path(), 0o711)?;
    PrivatePostgres::start(data.path()).await?.stop().await?;
    let local = data.path().join("postgres/config/local.conf");
    fs::write(&local, "no_such_setting = 1\n")?;
    set_mode(&local, 0o644)?;
    let Err(refused) = PrivatePostgres::start(data.path()).await else {
        return Err("a wrong setting was accepted".into());
    };
    assert!(refused.to_string().contains("no_such_setting"), "{refused}");
    Ok(())
}

/// As root copies it back from a backup, without keeping the owners.
#[tokio::test]
async fn a_cluster_that_became_roots_is_taken_over() -> Outcome {
    if !geteuid().is_root() {
        return Ok(());
    }
    let data = folder()?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    let cluster = postgres.location().to_owned();
    postgres.stop().await?;
    for path in [
        cluster.clone(),
        cluster.join("PG_VERSION"),
        cluster.join("base"),
    ] {
        chown(path, Some(0), Some(0))?;
    }
    PrivatePostgres::start(data.path()).await?.stop().await?;
    assert_ne!(fs::metadata(cluster.join("base"))?.uid(), 0);
    Ok(())
}

/// `sudo` in somebody's checkout leaves nothing there that they can't use themselves.
#[tokio::test]
async fn root_runs_it_as_the_owner_of_the_data_folder() -> Outcome {
    let Some(games) = nix::unistd::User::from_name("games")?.filter(|_| geteuid().is_root()) else {
        return Ok(());
    };
    let data = folder()?;
    chown(
        data.path(),
        Some(games.uid.as_raw()),
        Some(games.gid.as_raw()),
    )?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    connect(&postgres).await?.close().await?;
    postgres.stop().await?;
    let home = data.path().join("postgres");
    for name in ["cluster", "config", "config/pg_hba.conf", "postgres.log"] {
        assert_eq!(
            fs::metadata(home.join(name))?.uid(),
            games.uid.as_raw(),
            "{name}"
        );
    }
    Ok(())
}
