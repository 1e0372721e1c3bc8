//! Servers, postmasters and first starts that are killed at any moment.

use std::error::Error;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use db::private::{Condition, PrivatePostgres};
use nix::sys::signal::{Signal, kill};
use sqlx::{Connection, Row};

use super::{Outcome, connect, count_notes, create_notes, folder, pid, process_id};

/// Tells the re-executed test binary which folder to hold.
const HOLD: &str = "GRANDSTAND_TEST_HOLD";
const PATIENCE: Duration = Duration::from_secs(60);

/// Gone, or ended and only waiting to be reaped by whoever inherited it.
fn has_ended(process_id: u32) -> bool {
    fs::read_to_string(format!("/proc/{process_id}/stat"))
        .map_or(true, |stat| stat.contains(") Z "))
}

#[tokio::test]
async fn a_killed_postmaster_comes_back_with_what_was_committed() -> Outcome {
    let data = folder()?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    create_notes(&postgres).await?;
    for round in 0..2 {
        let former = process_id(&postgres).ok_or("not running")?;
        let mut condition = postgres.condition();
        let exited = postgres.exited();
        let killed = Instant::now();
        kill(pid(former), Signal::SIGKILL)?;
        tokio::time::timeout(PATIENCE, exited).await?;
        let is_back = |condition: &Condition| matches!(condition, Condition::Running { process_id } if *process_id != former);
        tokio::time::timeout(PATIENCE, condition.wait_for(is_back)).await??;
        println!("round {round}: back after {:?}", killed.elapsed());
        assert_eq!(count_notes(&postgres).await?, 10_000);
    }
    postgres.stop().await?;
    Ok(())
}

/// A backend at work doesn't notice that its postmaster is gone; no new one may start beside it.
#[tokio::test]
async fn a_busy_backend_of_a_killed_postmaster_is_ended_first() -> Outcome {
    let data = folder()?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    create_notes(&postgres).await?;
    let mut connection = connect(&postgres).await?;
    let backend: i32 = sqlx::query("SELECT pg_backend_pid()")
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    let busy = tokio::spawn(async move {
        let query =
            "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
        sqlx::query(query).fetch_one(&mut connection).await.is_err()
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let former = process_id(&postgres).ok_or("not running")?;
    let mut condition = postgres.condition();
    kill(pid(former), Signal::SIGKILL)?;
    let is_back = |condition: &Condition| matches!(condition, Condition::Running { process_id } if *process_id != former);
    tokio::time::timeout(PATIENCE, condition.wait_for(is_back)).await??;
    assert!(has_ended(backend.cast_unsigned()));
    assert!(busy.await?);
    assert_eq!(count_notes(&postgres).await?, 10_000);
    postgres.stop().await?;
    Ok(())
}

/// Not a test of its own: what `hold` runs in a process of its own.
#[tokio::test]
async fn holder() -> Outcome {
    if let Some(folder) = std::env::var_os(HOLD) {
        let postgres = PrivatePostgres::start(Path::new(&folder)).await?;
        create_notes(&postgres).await?;
        fs::write(
            Path::new(&folder).join("held"),
            process_id(&postgres).ok_or("not running")?.to_string(),
        )?;
        tokio::time::sleep(PATIENCE * 5).await;
    }
    Ok(())
}

fn hold(folder: &Path) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["--exact", "killed::holder", "--nocapture"])
        .env(HOLD, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
}

async fn await_held(folder: &Path) -> Result<u32, Box<dyn Error>> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Ok(id) = fs::read_to_string(folder.join("held"))
            .unwrap_or_default()
            .parse()
        {
            return Ok(id);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("the holder didn't get ready".into())
}

#[tokio::test]
async fn a_killed_server_takes_postgres_down_and_the_next_recovers() -> Outcome {
    let data = folder()?;
    let mut server = hold(data.path())?;
    let postmaster = await_held(data.path()).await?;
    server.kill()?;
    let killed = Instant::now();
    // At once: the next server has to cope with a predecessor that is still shutting down, or a zombie.
    let postgres = PrivatePostgres::start(data.path()).await?;
    println!("after kill -9: next ready in {:?}", killed.elapsed());
    assert!(has_ended(postmaster));
    assert_ne!(process_id(&postgres), Some(postmaster));
    assert_eq!(count_notes(&postgres).await?, 10_000);
    postgres.stop().await?;
    server.wait()?;

    fs::remove_file(data.path().join("held"))?;
    Ok(())
}

#[tokio::test]
async fn nothing_stays_running_after_a_killed_server() -> Outcome {
    let data = folder()?;
    let mut server = hold(data.path())?;
    let postmaster = await_held(data.path()).await?;
    server.kill()?;
    server.wait()?;
    let killed = Instant::now();
    while !has_ended(postmaster) && killed.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("after kill -9: postgres ended in {:?}", killed.elapsed());
    assert!(has_ended(postmaster));
    Ok(())
}

#[tokio::test]
async fn a_server_and_a_postmaster_killed_together_are_recovered() -> Outcome {
    let data = folder()?;
    let mut server = hold(data.path())?;
    let postmaster = await_held(data.path()).await?;
    kill(pid(postmaster), Signal::SIGSTOP)?;
    server.kill()?;
    kill(pid(postmaster), Signal::SIGKILL)?;
    let killed = Instant::now();
    let postgres = PrivatePostgres::start(data.path()).await?;
    println!("after kill -9 of both: ready in {:?}", killed.elapsed());
    assert_eq!(count_notes(&postgres).await?, 10_000);
    postgres.stop().await?;
    server.wait()?;
    Ok(())
}

#[tokio::test]
async fn a_first_start_that_was_killed_is_done_again() -> Outcome {
    for delay in [30, 150, 400, 700] {
        let data = folder()?;
        let mut server = hold(data.path())?;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        server.kill()?;
        server.wait()?;
        let postgres = PrivatePostgres::start(data.path()).await?;
        assert!(!data.path().join("postgres/cluster.unfinished").exists());
        connect(&postgres).await?.close().await?;
        postgres.stop().await?;
    }
    Ok(())
}

/// Killed between making its folder and opening it to PostgreSQL's user.
#[tokio::test]
async fn a_folder_that_was_made_and_not_yet_opened_is_no_obstacle() -> Outcome {
    let data = folder()?;
    let made = data.path().join("postgres");
    fs::DirBuilder::new().mode(0o700).create(&made)?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    connect(&postgres).await?.close().await?;
    postgres.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_lock_file_with_a_strangers_process_id_is_no_obstacle() -> Outcome {
    let data = folder()?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    let lock_file = postgres.location().join("postmaster.pid");
    let text = fs::read_to_string(&lock_file)?;
    postgres.stop().await?;
    let mut stranger = Command::new("sleep").arg("100").spawn()?;
    let rest = text.split_once('\n').ok_or("a short lock file")?.1;
    fs::write(&lock_file, format!("{}\n{rest}", stranger.id()))?;
    let postgres = PrivatePostgres::start(data.path()).await?;
    postgres.stop().await?;
    stranger.kill()?;
    stranger.wait()?;
    Ok(())
}

/// A start that is given up half-way leaves neither a process nor the lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_given_up_can_be_repeated() -> Outcome {
    let data = folder()?;
    for milliseconds in [100, 300, 600, 1000] {
        let start = PrivatePostgres::start(data.path());
        let _ = tokio::time::timeout(Duration::from_millis(milliseconds), start).await;
    }
    let postgres = PrivatePostgres::start(data.path()).await?;
    connect(&postgres).await?.close().await?;
    postgres.stop().await?;
    Ok(())
}
