//! Who is told that somebody whom they follow beat their best.

use kernel::UserId;
use serde_json::{Value, json};

use crate::harness::{Answer, Player, TestApp, TestDatabase, TestProcess, eventually};

/// Waits until all news has gone to whom it concerns.
async fn passed_on(database: &TestDatabase) {
    let unfinished = "select count(*) from jobs where kind = 'scores.improved'
                      and state in ('queued', 'running', 'failed')";
    eventually("the news is passed on", async || {
        // In this order: news becomes jobs.
        let waiting = database.count("select count(*) from score_news").await;
        (waiting == 0 && database.count(unfinished).await == 0).then_some(())
    })
    .await;
}

/// What a player was told of beaten bests, title and body, in no order of time: the clock stands still.
async fn told(player: &Player) -> Value {
    let history = player.get("/notifications?limit=100").await.assert_ok();
    let all = history["notifications"].as_array().unwrap().iter();
    let beaten = all.filter(|one| one["event"] == "best_beaten");
    let mut told: Vec<Value> = beaten
        .map(|one| json!([one["title"], one["body"]]))
        .collect();
    told.sort_by_key(Value::to_string);
    json!(told)
}

async fn follow(player: &Player, target: &Player) -> Answer {
    player.put(&format!("/following/{}", target.id)).await
}

#[tokio::test]
async fn whose_best_is_beaten_is_told_once_for_each_best() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    bob.score(&service, "chess", 50).await;
    follow(&bob, &ada).await.assert_ok();
    // The first time that she plays is enough.
    ada.score(&service, "chess", 70).await;
    passed_on(&app.database).await;
    let first = json!(["Ada beat your best in chess", "70 is better than your 50."]);
    assert_eq!(told(&bob).await, json!([first]));
    let history = bob.get("/notifications").await.assert_ok();
    let notice = &history["notifications"][0];
    assert_eq!(notice["link"], format!("/users/{}", ada.id));
    assert_eq!(notice["importance"], "normal");

    // Better still, but that best was beaten already.
    ada.score(&service, "chess", 80).await;
    passed_on(&app.database).await;
    assert_eq!(told(&bob).await, json!([first]));

    // He gets ahead, and she again.
    bob.score(&service, "chess", 90).await;
    ada.score(&service, "chess", 85).await;
    ada.score(&service, "chess", 91).await;
    passed_on(&app.database).await;
    let second = json!(["Ada beat your best in chess", "91 is better than your 90."]);
    assert_eq!(told(&bob).await, json!([first, second]));
    assert_eq!(told(&ada).await, json!([]));
}

#[tokio::test]
async fn who_was_not_overtaken_just_now_is_told_nothing() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    ada.score(&service, "chess", 60).await;
    passed_on(&app.database).await;
    let mut followers = Vec::new();
    // Behind already, as good as she will be, better, and one who never played this game.
    for (name, game, score) in [
        ("Behind", "chess", 59),
        ("Equal", "chess", 70),
        ("Better", "chess", 71),
        ("Other", "go", 1),
        ("Overtaken", "chess", 60),
    ] {
        let follower = app.register(name).await;
        follower.score(&service, game, score).await;
        follow(&follower, &ada).await.assert_ok();
        followers.push(follower);
    }
    // Not followed back: nobody hears of those who only follow.
    for score in [60, 70, 65] {
        ada.score(&service, "chess", score).await;
    }
    passed_on(&app.database).await;
    for follower in &followers[..4] {
        assert_eq!(told(follower).await, json!([]));
    }
    let want = json!([["Ada beat your best in chess", "70 is better than your 60."]]);
    assert_eq!(told(&followers[4]).await, want);
}

#[tokio::test]
async fn where_lower_is_better_it_is_the_lower_one_that_beats() {
    let app = TestApp::start().await;
    let race = json!({ "id": "race", "gameId": "race", "title": "Around the lake", "order": "asc", "operator": "best" });
    app.admin().await.make_board(race).await;
    let service = app.game_service(&[]).await;
    let (ada, bob, eve) = (
        app.register("Ada").await,
        app.register("Bob").await,
        app.register("Eve").await,
    );
    for (player, time) in [(&bob, 61), (&eve, 59)] {
        player.score(&service, "race", time).await;
        follow(player, &ada).await.assert_ok();
    }
    for time in [65, 60, 62] {
        ada.score(&service, "race", time).await;
    }
    passed_on(&app.database).await;
    let want = json!([[
        "Ada beat your best in Around the lake",
        "60 is better than your 61."
    ]]);
    assert_eq!(told(&bob).await, want);
    assert_eq!(told(&eve).await, json!([]));
}

#[tokio::test]
async fn who_wants_to_hear_nothing_of_it_does_not() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for name in ["Ada", "Deaf", "Left", "Blocking", "Blocked", "Bob"] {
        let player = app.register(name).await;
        player.score(&service, "chess", 50).await;
        players.push(player);
    }
    let [ada, deaf, left, blocking, blocked, bob] = &players[..] else {
        panic!("six")
    };
    for follower in &players[1..] {
        follow(follower, ada).await.assert_ok();
    }
    let off = json!({ "inApp": "off", "email": "off", "discord": "off", "webhook": "off" });
    deaf.put("/notifications/preferences")
        .json(&json!({ "grid": { "best_beaten": off } }))
        .await
        .assert_ok();
    let path = |of: &str, player: &Player| format!("/{of}/{}", player.id);
    left.delete(&path("following", ada)).await.assert_gone();
    blocking.put(&path("blocks", ada)).await.assert_gone();
    ada.put(&path("blocks", blocked)).await.assert_gone();
    // An edge that a store shows for a moment longer than the block is there.
    let edges = [blocking, blocked].map(|follower| (follower.user_id(), ada.user_id()));
    app.social.add_edges(&edges).await;
    ada.score(&service, "chess", 51).await;
    passed_on(&app.database).await;
    for silent in &players[..5] {
        assert_eq!(told(silent).await, json!([]));
    }
    assert_eq!(told(bob).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_gone_by_then_is_neither_told_nor_told_of() {
    let app = TestApp::builder().setting("ROLE", "api").start().await;
    let service = app.game_service(&[]).await;
    let mut players = Vec::new();
    for name in ["Ada", "Gone", "Bob", "Eve"] {
        players.push(app.register(name).await);
    }
    let [ada, gone, bob, eve] = &players[..] else {
        panic!("four")
    };
    for player in [bob, eve] {
        player.score(&service, "chess", 50).await;
        follow(player, ada).await.assert_ok();
        follow(player, gone).await.assert_ok();
    }
    for player in [ada, gone] {
        player.score(&service, "chess", 60).await;
    }
    for player in [gone, eve] {
        player.delete("/me").await.assert_gone();
    }
    let _worker = app.neighbour().setting("ROLE", "worker").start().await;
    passed_on(&app.database).await;
    let want = json!([["Ada beat your best in chess", "60 is better than your 50."]]);
    assert_eq!(told(bob).await, want);
    let of_eve = format!(
        "select count(*) from notifications where user_id = '{}'",
        eve.uuid()
    );
    assert_eq!(app.database.count(&of_eve).await, 0);
}

#[tokio::test]
async fn old_scores_beat_nobody() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    bob.score(&service, "chess", 50).await;
    follow(&bob, &ada).await.assert_ok();
    let claimed = format!(
        "update users set external_id = 'p:1' where id = '{}'",
        ada.uuid()
    );
    app.database.execute(&claimed).await;
    app.import("p:1,Ada,chess,60,2020-01-01T00:00:00Z\n").await;
    passed_on(&app.database).await;
    // She was ahead all along, it turns out.
    ada.score(&service, "chess", 61).await;
    passed_on(&app.database).await;
    assert_eq!(told(&bob).await, json!([]));
}

#[tokio::test]
async fn many_followers_are_told_some_at_a_time_and_each_once() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let fans: Vec<UserId> = (0..2_700).map(|_| app.clock.new_uuid().into()).collect();
    let ids: Vec<_> = fans.iter().map(|fan| fan.uuid()).collect();
    let users = "insert into users (id, screen_name, created_at)
                 select id, 'Fan', now() from unnest($1::uuid[]) id";
    // Every third has played, and a third of those was better than she will be.
    let played = "insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at, latest_since)
                  select id, 'chess', case when nth % 9 = 0 then 99 else 10 end, 1, 1, now(), now()
                  from unnest($1::uuid[]) with ordinality as fan (id, nth) where nth % 3 = 0";
    for insert in [users, played] {
        let inserted = sqlx::query(insert).bind(&ids);
        inserted.execute(&app.database.pool).await.unwrap();
    }
    let edges: Vec<_> = fans.iter().map(|fan| (*fan, ada.user_id())).collect();
    app.social.add_edges(&edges).await;
    app.social.set_counts(&[(ada.user_id(), 2_700, 0)]).await;
    ada.score(&service, "chess", 50).await;
    passed_on(&app.database).await;
    let count = async |sql: &str| app.database.count(sql).await;
    let beaten = "from notifications where event = 'best_beaten'";
    assert_eq!(count(&format!("select count(*) {beaten}")).await, 600);
    let users = format!("select count(distinct user_id) {beaten}");
    assert_eq!(count(&users).await, 600);
    let most_at_once = format!(
        "select max(told) from (select count(*) as told {beaten} group by xmin::text) as at_once"
    );
    assert!(count(&most_at_once).await <= 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_everybody_is_told_and_nobody_twice() {
    let database = TestDatabase::create().await;
    let mut server = TestProcess::builder().database(&database).start().await;
    let service = server.game_service(&[]).await;
    let ada = server.register("Ada").await;
    let fans = format!(
        "insert into users (id, screen_name, created_at)
             select md5('fan' || n)::uuid, 'Fan ' || n, now() from generate_series(1, 400) n;
         insert into follows (user_id, target_user_id, created_at)
             select md5('fan' || n)::uuid, '{0}', now() from generate_series(1, 400) n;
         insert into follow_counts (user_id, followers) values ('{0}', 400);
         insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at, latest_since)
             select md5('fan' || n)::uuid, game, 10, 1, 1, now(), now()
             from generate_series(1, 400) n, unnest(array['chess', 'go', 'draughts']) game",
        ada.uuid()
    );
    database.execute(&fans).await;
    let told = "select count(*) from notifications where event = 'best_beaten'";
    for (round, game) in (1..).zip(["chess", "go", "draughts"]) {
        let (ada, service) = (ada.at(server.api()), service.at(server.api()));
        ada.score(&service, game, 50).await;
        // Before anybody was told, and in between.
        if round > 1 {
            eventually("some are told", async || {
                (database.count(told).await > (round - 1) * 400).then_some(())
            })
            .await;
        }
        let killed = server.kill().await;
        // The lease of a job that it had begun ends now rather than in half a minute.
        let ended = "update jobs set lease_until = now() where state = 'running'";
        database.execute(ended).await;
        server = killed.again().start().await;
        eventually("all are told", async || {
            (database.count(told).await == round * 400).then_some(())
        })
        .await;
        passed_on(&database).await;
        assert_eq!(database.count(told).await, round * 400);
    }
    server.terminate().await;
}
