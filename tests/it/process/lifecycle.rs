use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};

use crate::harness::{TestDatabase, TestProcess, eventually, within};

#[tokio::test]
async fn a_second_start_is_quick_and_finds_everything() {
    let server = TestProcess::start().await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    ada.score(&service, "chess", 42).await;
    let entries = server.board("chess").entries().await;
    let finished = server.terminate().await;
    assert!(finished.status.success(), "{}", finished.stderr);

    let began = Instant::now();
    let server = finished.again().start().await;
    // Three seconds is the promise; the tests share the machine with each other.
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(server.board("chess").entries().await, entries);
    // The secrets were kept too: whoever was signed in still is, and keys are still good.
    let ada = ada.at(&server);
    ada.get("/me").await.assert_ok();
    ada.score(&service.at(&server), "chess", 1).await;
}

#[tokio::test]
async fn ctrl_c_and_sigterm_stop_the_server_and_its_postgresql() {
    let mut next = TestProcess::builder();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let server = next.start().await;
        let postgres = server.postgres_id();
        let mut events = server.events("global").await;
        events.next().await;
        let (finished, ()) = tokio::join!(server.end_by(signal), events.ended());
        assert!(finished.status.success(), "{signal}: {:?}", finished.status);
        assert!(
            kill(postgres, None).is_err(),
            "{signal}: PostgreSQL has ended before its server"
        );
        assert!(
            finished
                .log()
                .iter()
                .any(|line| line["message"] == "stopped")
        );
        next = finished.again();
    }
}

#[tokio::test]
async fn a_stop_during_the_start_is_obeyed() {
    let server = TestProcess::builder().spawn();
    eventually("it has begun", async || {
        server.data_dir().exists().then_some(())
    })
    .await;
    let finished = server.terminate().await;
    assert!(
        finished.status.success(),
        "{:?}: {}",
        finished.status,
        finished.stderr
    );
    let server = finished.again().start().await;
    server.register("Ada").await;
}

#[tokio::test]
async fn a_second_server_on_one_folder_refuses_and_harms_nobody() {
    let server = TestProcess::start().await;
    let data_dir = server.data_dir();
    let ada = server.register("Ada").await;
    let second = server.another().setting("LOG_LEVEL", "error");
    let second = within("the second one gives up", second.spawn().finished()).await;
    assert!(!second.status.success());
    assert!(
        second.stderr.contains(&data_dir.display().to_string()),
        "{}",
        second.stderr
    );
    assert!(
        second.stderr.lines().count() <= 3,
        "one clear message: {}",
        second.stderr
    );
    ada.get("/me").await.assert_ok();
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let server = TestProcess::start().await;
    let port = server.port.to_string();
    let other = TestProcess::builder().argument("--port").argument(&port);
    let finished = within("it gives up", other.spawn().finished()).await;
    assert!(!finished.status.success());
    assert!(
        finished.stderr.contains(&port) && finished.stderr.contains("taken"),
        "{}",
        finished.stderr
    );
}

#[tokio::test]
async fn the_data_folder_is_private() {
    let server = TestProcess::start().await;
    let secrets = server.data_dir().join("secrets.env");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&secrets), 0o600);
    assert_eq!(
        mode(&server.data_dir()) & 0o066,
        0,
        "others may pass through, and no more"
    );
}

#[tokio::test]
async fn production_starts_with_good_secrets_and_insists_on_https() {
    let database = TestDatabase::create().await;
    let server = TestProcess::builder()
        .database(&database)
        .setting("APP_ENV", "production")
        .setting(
            "JWT_SECRET",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978",
        )
        .setting(
            "ACTION_TOKEN_SECRET",
            "9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d5e4f3021",
        )
        .setting("PUBLIC_URL", "https://play.example.org")
        .start()
        .await;
    let answer = server.get("/leaderboards").await;
    answer.assert_ok();
    assert!(answer.header("strict-transport-security").is_some());
    assert!(
        !server.data_dir().join("secrets.env").exists(),
        "nothing is made up in production"
    );
}

#[tokio::test]
async fn a_database_user_who_may_not_make_roles_is_told_what_an_administrator_must_run() {
    let database = TestDatabase::create().await;
    database
        .execute("do $$ begin create role somebody_without_rights nologin; exception when duplicate_object then null; end $$")
        .await;
    let url = format!(
        "{}&options=-c%20role%3Dsomebody_without_rights",
        database.url()
    );
    let server = TestProcess::builder().setting("DATABASE_URL", url).spawn();
    let finished = within("it gives up", server.finished()).await;
    assert!(!finished.status.success());
    for part in [
        "administrator",
        "create role grandstand_writer",
        "create role grandstand_request",
        "grant",
    ] {
        assert!(
            finished.stderr.contains(part),
            "{part}: {}",
            finished.stderr
        );
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_without_its_password() {
    let url = "postgres://me:hush-hush-hush@127.0.0.1:1/nothing";
    let server = TestProcess::builder().setting("DATABASE_URL", url).spawn();
    let finished = within("it gives up", server.finished()).await;
    assert!(!finished.status.success());
    assert!(finished.stderr.contains("database"), "{}", finished.stderr);
    assert!(
        !format!("{}{}", finished.stdout, finished.stderr).contains("hush"),
        "{}",
        finished.stderr
    );
}
