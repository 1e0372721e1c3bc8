use nix::sys::signal::{Signal, kill};
use sqlx::{ConnectOptions, PgConnection};

use super::load::Load;
use crate::harness::{TestProcess, eventually};

async fn number(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What was counted is the same wherever it stands.
async fn assert_consistent(server: &TestProcess) {
    let mut database = server.postgres().connect().await.unwrap();
    let audited = number(
        &mut database,
        "select coalesce(sum(score_delta), 0)::bigint from score_events",
    )
    .await;
    let total = "select coalesce(sum(score), 0)::bigint from scores join leaderboards on number = leaderboard_number where leaderboards.id = 'global'";
    assert_eq!(number(&mut database, total).await, audited);
    assert_eq!(
        number(&mut database, "select count(*) from consumed_tokens").await,
        audited,
        "each token is worth a point"
    );
    assert_eq!(
        number(
            &mut database,
            "select coalesce(sum(plays), 0)::bigint from user_game_stats"
        )
        .await,
        audited
    );
    let shown: u64 = server
        .board("global")
        .entries()
        .await
        .iter()
        .map(|entry| entry.score)
        .sum();
    assert_eq!(shown, audited.cast_unsigned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_in_mid_load_every_answered_score_is_there() {
    let mut server = TestProcess::start().await;
    let service = server.game_service(&[]).await;
    let load = Load::prepare(&server, &service, 8, 400).await;
    for _ in 0..2 {
        let postgres = server.postgres_id();
        let api = server.api().clone();
        let (_, finished) = tokio::join!(load.play(&api), async {
            load.more(300).await;
            server.kill().await
        });
        eventually("PostgreSQL follows its server", async || {
            kill(postgres, None).is_err().then_some(())
        })
        .await;
        server = finished.again().start().await;
        load.check(&server).await;
        assert_consistent(&server).await;
    }
    assert!(load.answered() >= 600);
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_mid_load_answers_what_has_begun() {
    let server = TestProcess::start().await;
    let service = server.game_service(&[]).await;
    let load = Load::prepare(&server, &service, 8, 400).await;
    let api = server.api().clone();
    let (_, finished) = tokio::join!(load.play(&api), async {
        load.more(300).await;
        server.terminate().await
    });
    assert!(
        finished.status.success(),
        "{:?}: {}",
        finished.status,
        finished.stderr
    );
    let server = finished.again().start().await;
    load.check(&server).await;
    assert_consistent(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_crashes_in_mid_load_is_started_again_and_nothing_is_lost() {
    let server = TestProcess::start().await;
    let service = server.game_service(&[]).await;
    let load = Load::prepare(&server, &service, 8, 2000).await;
    let crashing = async {
        for signal in [Signal::SIGKILL, Signal::SIGINT] {
            load.more(200).await;
            let before = server.postgres_id();
            kill(before, signal).unwrap();
            load.more(200).await;
            assert_ne!(server.postgres_id(), before);
        }
        load.stop();
    };
    tokio::join!(load.play(&server), crashing);
    load.check(&server).await;
    assert_consistent(&server).await;
    let finished = server.terminate().await;
    assert!(finished.status.success(), "{}", finished.stderr);
}
