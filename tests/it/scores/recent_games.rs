//! What a player has done: the games played last, page by page, and the ranks.

use futures_util::future::join_all;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};

use crate::harness::{Player, TestApp, TestProcess, checked_statement};

/// The times in which a player stayed with a game, which never overlap: pages go by that.
const OVERLAPS: &str = "
    select count(*) from user_game_stats one join user_game_stats other using (user_id)
    where one.last_played_at > other.last_played_at and one.latest_since <= other.last_played_at";

async fn games(app: &TestApp, player: &Player, page: usize) -> Vec<(String, Option<u64>)> {
    let (user, mut all, mut after) = (player.id.parse().unwrap(), Vec::new(), None);
    loop {
        let games = app.scores().games_of(user, after.as_ref(), page).await;
        let games = games.unwrap();
        let Some(last) = games.last() else {
            return all;
        };
        after = Some(last.position());
        all.extend(
            games
                .into_iter()
                .map(|stats| (stats.game.to_string(), stats.rank)),
        );
    }
}

#[tokio::test]
async fn games_come_the_one_played_last_first_with_the_rank_on_their_own_board() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    for (player, game, score) in [
        (&ada, "chess", 5),
        (&ada, "go", 7),
        (&bob, "chess", 9),
        (&ada, "chess", 3),
        (&ada, "draughts", 1),
        (&ada, "draughts", 2),
    ] {
        player.score(&service, game, score).await;
    }
    let want = [("draughts", Some(1)), ("chess", Some(2)), ("go", Some(1))];
    let want = want.map(|(game, rank)| (game.to_owned(), rank));
    for page in [1, 2, 10] {
        assert_eq!(games(&app, &ada, page).await, want, "{page} at a time");
    }
    let user = ada.id.parse().unwrap();
    let chess = app.scores().games_of(user, None, 2).await.unwrap();
    let chess = &chess[1];
    assert_eq!((chess.best, chess.last, chess.plays), (5, 3, 2));
    // Who was on a board that is gone has no rank there.
    let admin = app.admin().await;
    admin
        .delete("/admin/leaderboards/draughts")
        .await
        .assert_gone();
    assert_eq!(games(&app, &ada, 1).await[0], ("draughts".to_owned(), None));
}

#[tokio::test]
async fn ranks_are_those_on_every_board_and_boards_of_all_games_come_first() {
    let app = TestApp::start().await;
    let (service, admin) = (app.game_service(&[]).await, app.admin().await);
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    ada.score(&service, "chess", 5).await;
    let week = serde_json::json!({ "id": "week", "title": "This week", "operator": "sum" });
    admin.make_board(week).await;
    bob.score(&service, "chess", 6).await;
    ada.score(&service, "chess", 4).await;
    let ranks = app.scores().ranks_of(ada.id.parse().unwrap(), 10);
    let ranks: Vec<_> = ranks
        .iter()
        .map(|on| (on.leaderboard.as_str(), on.rank, on.score, on.total))
        .collect();
    let want = [("global", 1, 9, 2), ("week", 2, 4, 2), ("chess", 2, 5, 2)];
    assert_eq!(ranks, want);
    let two = app.scores().ranks_of(ada.id.parse().unwrap(), 2);
    assert_eq!(two.len(), 2);
}

#[tokio::test]
async fn while_a_player_stays_with_a_game_no_index_has_to_change() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let since = async |game: &str| {
        let of_game = format!(
            "select (extract(epoch from latest_since) * 1000000)::bigint from user_game_stats where game_id = '{game}'"
        );
        app.database.count(&of_game).await
    };
    ada.score(&service, "chess", 5).await;
    let first = since("chess").await;
    ada.score(&service, "chess", 6).await;
    assert_eq!(since("chess").await, first);
    ada.score(&service, "go", 6).await;
    assert_eq!(since("chess").await, first);
    ada.score(&service, "chess", 7).await;
    assert!(since("chess").await > since("go").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plays_of_many_games_at_once_leave_an_order() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    for _ in 0..8 {
        let plays = (0..24).map(|number| {
            let player = if number % 3 == 0 { &ada } else { &bob };
            player.score(&service, ["chess", "go", "draughts"][number % 5 % 3], 1)
        });
        join_all(plays).await;
        assert_eq!(app.database.count(OVERLAPS).await, 0);
    }
    for player in [&ada, &bob] {
        let by_last = format!(
            "select string_agg(game_id, ',' order by last_played_at desc, game_id) from user_game_stats where user_id = '{}'",
            player.uuid()
        );
        let by_last: String = sqlx::query_scalar(AssertSqlSafe(by_last))
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
        let games: Vec<_> = games(&app, player, 1).await;
        let games: Vec<_> = games.into_iter().map(|(game, _)| game).collect();
        assert_eq!(games.join(","), by_last);
    }
}

#[tokio::test]
async fn old_plays_within_the_time_of_another_game_take_their_place() {
    let database = crate::harness::TestDatabase::create().await;
    let server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    ada.score(&service, "chess", 5).await;
    ada.score(&service, "chess", 6).await;
    let own = format!(
        "update users set external_id = 'p:1' where id = '{}'",
        ada.uuid()
    );
    database.execute(&own).await;
    let between: String = sqlx::query_scalar(
        "select to_char((latest_since + (last_played_at - latest_since) / 2) at time zone 'UTC',
                        'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from user_game_stats",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    let line = format!("externalId,screenName,gameId,score,reachedAt\np:1,Ada,go,1,{between}\n");
    std::fs::write(server.folder().join("old.csv"), line).unwrap();
    let output = server.run(&["import", "scores", "old.csv"]).await;
    assert!(output.status.success());
    assert_eq!(
        database.count("select count(*) from user_game_stats").await,
        2
    );
    assert_eq!(database.count(OVERLAPS).await, 0);
}

#[tokio::test]
async fn a_page_of_a_thousand_games_reads_no_more_than_its_own() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    for (player, games) in [(&ada, 1000), (&bob, 10)] {
        app.database
            .execute(&format!(
                "insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at, latest_since)
                 select '{}', 'game-' || n, 1, 1, 1, at, at
                 from (select n, now() - n * interval '1 minute' as at from generate_series(1, {games}) n) as played",
                player.uuid()
            ))
            .await;
    }
    app.database.execute("analyze user_game_stats").await;
    assert_eq!(games(&app, &ada, 100).await.len(), 1000);
    let mut connection = app.database.pool.acquire().await.unwrap();
    let statement = checked_statement("latest_since <= $2");
    let prepare = format!("prepare page as {statement}");
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    for (player, after) in [
        (&ada, "'infinity'"),
        (&ada, "now() - interval '500 minutes'"),
        (&bob, "'infinity'"),
    ] {
        let explain = format!(
            "explain (analyze, format json) execute page ('{}', {after}, '', 21)",
            player.uuid()
        );
        let plan: Value = sqlx::query_scalar(AssertSqlSafe(explain))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let scan = &plan[0]["Plan"]["Plans"][0];
        assert_eq!(scan["Index Name"], "user_game_stats_latest", "{plan:#}");
        let read = ["Actual Rows", "Rows Removed by Filter"];
        let read: f64 = read.iter().filter_map(|name| scan[*name].as_f64()).sum();
        assert!(read <= 22.0, "{plan:#}");
    }
}
