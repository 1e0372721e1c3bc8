//! Reviews by the rules, and what they wait for.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::World;
use crate::harness::{AoE4World, eventually, page_of, summary};

/// A match that has just ended, whose summary isn't there.
async fn just_ended() -> World {
    let world = World::with_matches([]).await;
    world.upstream.play([2]);
    let began = world.app.clock.now() - jiff::SignedDuration::from_mins(25);
    world
        .upstream
        .change(2, |game| game["started_at"] = json!(format!("{began:.3}")));
    world.app.advance(31);
    world.ada.post("/games/sync").await.assert_ok();
    world
}

#[tokio::test]
async fn a_match_is_reviewed_and_its_player_is_told() {
    let world = World::with_matches([1, 2]).await;
    let (app, ada) = (&world.app, &world.ada);
    let asked = ada.post("/games/2/review").await;
    let asked = asked.assert_status(202).json();
    assert!(asked["taskId"].as_str().unwrap().starts_with("tsk_"));
    let review = world.reviewed(2).await;
    assert_eq!(
        (&review["gameId"], &review["llmModel"]),
        (&json!(2), &json!("rules"))
    );
    assert_eq!(
        (&review["fallback"], &review["tokens"]),
        (&Value::Null, &Value::Null)
    );
    for score in ["overall", "economy", "military", "technology", "macro"] {
        let score = review["scores"][score].as_u64().unwrap();
        assert!(score <= 100, "{review}");
    }
    assert!(
        review["summaryMd"]
            .as_str()
            .unwrap()
            .contains("What to train")
    );
    assert_eq!(review["timeline"]["players"].as_array().unwrap().len(), 2);
    // Whatever is claimed stands on facts that are there.
    let facts: Vec<_> = review["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| &fact["id"])
        .collect();
    assert!(facts.contains(&&json!("me.age.feudal")), "{facts:?}");
    for claimed in ["keyMoments", "advice"] {
        let claims = review[claimed].as_array().unwrap();
        assert!(!claims.is_empty(), "{claimed}");
        for claim in claims {
            let evidence = claim["evidence"].as_array().unwrap();
            assert!(!evidence.is_empty(), "{claim}");
            assert!(evidence.iter().all(|id| facts.contains(&id)), "{claim}");
        }
    }
    // A new server has nobody to compare with, and says so.
    assert_eq!(review["compared"][0]["sample"], 0);

    let job = ada
        .get(&format!("/jobs/{}", asked["jobId"].as_str().unwrap()))
        .await
        .assert_ok();
    assert_eq!(job["result"]["reviewId"], review["id"]);
    let again = ada.post("/games/2/review").await.assert_ok();
    assert_eq!(again["reviewId"], review["id"]);
    let told = eventually("the player is told", async || {
        let history = ada.get("/notifications").await.assert_ok();
        let newest = history["notifications"][0].clone();
        (newest["event"] == "review_ready").then_some(newest)
    })
    .await;
    assert_eq!(
        told["title"],
        "Your review is ready: English on Made-up Meadow"
    );
    assert_eq!(
        told["link"],
        format!("/reviews/{}", review["id"].as_str().unwrap())
    );
    let (listed, _) = page_of(&ada.get("/reviews").await.assert_ok(), "reviews");
    assert_eq!(
        (listed.len(), &listed[0]["overall"]),
        (1, &review["scores"]["overall"])
    );
    let export = ada.get("/me/export").await.assert_ok();
    let exported = &export["aoe4"]["reviews"][0];
    for part in [
        "id",
        "summaryMd",
        "scores",
        "keyMoments",
        "advice",
        "timeline",
    ] {
        assert_eq!(exported[part], review[part], "{part}");
    }
    assert_eq!(export["aoe4"]["reviewTasks"][0]["state"], "succeeded");
    // What must not be kept isn't.
    let kept = "select count(*) from game_summaries where payload::text like '%stations%'";
    assert_eq!(app.database.count(kept).await, 0);
    assert_eq!(
        app.database
            .count("select count(*) from game_summaries")
            .await,
        1
    );
}

#[tokio::test]
async fn twenty_wishes_at_once_are_one_review() {
    let world = World::with_matches([2]).await;
    let answers =
        join_all((0..20).map(|_| async { world.ada.post("/games/2/review").await })).await;
    let mut jobs: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status.as_u16() == 202)
        .map(|answer| answer.json()["jobId"].as_str().unwrap().to_owned())
        .collect();
    jobs.dedup();
    assert_eq!(jobs.len(), 1);
    let review = world.reviewed(2).await;
    for answer in answers
        .iter()
        .filter(|answer| answer.status.as_u16() == 200)
    {
        assert_eq!(answer.json()["reviewId"], review["id"]);
    }
    let database = &world.app.database;
    for (table, want) in [
        ("jobs where kind = 'aoe4.review'", 1),
        ("review_tasks", 1),
        ("reviews", 1),
    ] {
        let count = format!("select count(*) from {table}");
        assert_eq!(database.count(&count).await, want, "{table}");
    }
}

#[tokio::test]
async fn a_summary_that_is_not_published_yet_is_waited_for() {
    let world = just_ended().await;
    let job = world.request(2).await;
    let waiting = world.until(&job, "failed").await;
    assert!(
        waiting["error"].as_str().unwrap().contains("published"),
        "{waiting}"
    );
    let game = world.ada.get("/games/2").await.assert_ok();
    assert_eq!(
        (&game["status"], &game["reviewId"]),
        (&json!("reviewing"), &Value::Null)
    );
    // Whoever asks meanwhile waits for the same.
    assert_eq!(world.request(2).await, job);
    world.upstream.publish(2);
    world.app.advance(80);
    let review = world.reviewed(2).await;
    assert!(review["scores"]["overall"].is_u64());
    let retries = "select retries::int8 from review_tasks";
    assert_eq!(world.app.database.count(retries).await, 1);
}

#[tokio::test]
async fn a_match_whose_summary_never_comes_is_reviewed_without() {
    let world = just_ended().await;
    let job = world.request(2).await;
    world.until(&job, "failed").await;
    let world = world.later(4 * 3600).await;
    let review = world.reviewed(2).await;
    assert_eq!(review["scores"]["overall"], Value::Null);
    assert_eq!(review["timeline"], Value::Null);
    assert!(!review["unseen"].as_array().unwrap().is_empty());
    assert!(!review["summaryMd"].as_str().unwrap().is_empty());
    assert_eq!(
        world
            .app
            .database
            .count("select count(*) from benchmarks")
            .await,
        0
    );
}

#[tokio::test]
async fn what_is_no_summary_is_done_without() {
    let world = World::with_matches(1..=4).await;
    let mut unequal = summary(1);
    unequal["players"][0]["resources"]["gold"]
        .as_array_mut()
        .unwrap()
        .pop();
    let mut backwards = summary(2);
    backwards["players"][0]["resources"]["timestamps"][5] = json!(0);
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let huge = json!({ "gameId": 4, "players": [], "fill": "x".repeat(5 * 1024 * 1024) });
    for (id, answer) in (1..).zip([
        json(unequal),
        json(backwards),
        ResponseTemplate::new(403).set_body_json(json!({ "error": "Private" })),
        json(huge),
    ]) {
        world.upstream.answer_summary(id, answer);
        world.request(id).await;
    }
    for id in 1..=4 {
        let review = world.reviewed(id).await;
        assert_eq!(review["scores"]["overall"], Value::Null, "{id}");
    }
    assert_eq!(
        world
            .app
            .database
            .count("select count(*) from game_summaries")
            .await,
        0
    );
}

#[tokio::test]
async fn while_aoe4world_does_not_say_what_happened_a_review_waits() {
    let world = World::with_matches(1..=4).await;
    let page = "<html>Checking your browser</html>";
    let checked = ResponseTemplate::new(403).set_body_raw(page, "text/html; charset=UTF-8");
    let away = [
        ResponseTemplate::new(503),
        checked,
        ResponseTemplate::new(200).set_body_string("<html>a moment please</html>"),
        ResponseTemplate::new(200).set_body_json(json!({ "error": "Not yet" })),
    ];
    let mut jobs = Vec::new();
    for (id, answer) in (1..).zip(away) {
        world.upstream.answer_summary(id, answer);
        jobs.push(world.request(id).await);
    }
    for job in jobs {
        world.until(&job, "failed").await;
    }
    for id in 1..=4 {
        world.upstream.publish(id);
    }
    world.app.advance(80);
    for id in 1..=4 {
        assert!(world.reviewed(id).await["scores"]["overall"].is_u64());
    }
}

#[tokio::test]
async fn what_happened_is_forgotten_after_thirty_days_and_the_review_stays() {
    let world = World::with_matches([2, 4]).await;
    let mut reviews = Vec::new();
    for id in [2, 4] {
        world.request(id).await;
        reviews.push(world.reviewed(id).await);
    }
    let long_ago =
        "update game_summaries set fetched_at = fetched_at - interval '30 days' where game_id = 2";
    world.app.database.execute(long_ago).await;
    // Until the schedule's next time.
    let day = 24 * 3600;
    let until = (4 * 3600 + 51 * 60 - world.app.now() % day).rem_euclid(day) + 1;
    let world = world.later(until.unsigned_abs()).await;
    eventually("one is forgotten", async || {
        let kept = "select count(*) from game_summaries";
        (world.app.database.count(kept).await == 1).then_some(())
    })
    .await;
    let left = "select game_id from game_summaries";
    assert_eq!(world.app.database.count(left).await, 4);
    for review in reviews {
        let path = format!("/reviews/{}", review["id"].as_str().unwrap());
        assert_eq!(world.ada.get(&path).await.assert_ok(), review);
    }
}

#[tokio::test]
async fn whose_match_can_be_reviewed_and_when() {
    let world = World::with_matches([2]).await;
    let bob = world.app.register("Bob").await;
    bob.post("/games/2/review")
        .await
        .assert_error(404, "game_not_found");
    world
        .app
        .post("/games/2/review")
        .await
        .assert_error(401, "unauthenticated");
    world.upstream.play([4]);
    world.upstream.change(4, |game| {
        game["ongoing"] = json!(true);
        game["duration"] = Value::Null;
    });
    world.app.advance(31);
    world.ada.post("/games/sync").await.assert_ok();
    world
        .ada
        .post("/games/4/review")
        .await
        .assert_error(409, "game_not_over");
    world.request(2).await;
    let review = world.reviewed(2).await;
    let path = format!("/reviews/{}", review["id"].as_str().unwrap());
    bob.get(&path).await.assert_error(404, "review_not_found");
    let (theirs, _) = page_of(&bob.get("/reviews").await.assert_ok(), "reviews");
    assert_eq!(theirs, Vec::<Value>::new());
}

#[tokio::test]
async fn a_wish_that_was_called_off_can_be_made_again() {
    let world = World::with_matches([2]).await;
    // Nobody works it off yet.
    let paused = "update queues set paused = true where name = 'reviews'";
    world.app.database.execute(paused).await;
    let job = world.request(2).await;
    world.ada.delete(&format!("/jobs/{job}")).await.assert_ok();
    let another = world.request(2).await;
    assert_ne!(another, job);
    let admin = world.app.admin().await;
    admin
        .post("/admin/queues/reviews/resume")
        .await
        .assert_gone();
    world.reviewed(2).await;
    let states = "select count(*) from review_tasks where state in ('failed', 'succeeded')";
    assert_eq!(world.app.database.count(states).await, 2);
}

#[tokio::test]
async fn matches_that_were_seen_are_what_others_are_compared_with() {
    let world = World::with_matches((2..=40).step_by(2)).await;
    for id in (2..=40).step_by(2) {
        world.request(id).await;
    }
    for id in (2..=40).step_by(2) {
        world.reviewed(id).await;
    }
    // Twenty matches of two players, of whom both have the same rank.
    let counted = "select count(*) from benchmark_games";
    assert_eq!(world.app.database.count(counted).await, 20);
    let sums = "select coalesce(min(count), 0) from benchmarks where civilization = 'english'";
    assert_eq!(world.app.database.count(sums).await, 20);
    world.upstream.play([42]);
    world.upstream.publish(42);
    world.app.advance(31);
    world.ada.post("/games/sync").await.assert_ok();
    world.request(42).await;
    let review = world.reviewed(42).await;
    // Of her rank and civilization there are too few; of her rank, with the others, there are enough.
    let compared = review["compared"].as_array().unwrap();
    let sample = compared.iter().map(|one| one["sample"].as_u64().unwrap());
    assert!(
        sample.clone().all(|sample| sample == 40 || sample == 0),
        "{compared:?}"
    );
    assert_eq!(sample.max(), Some(40));
    let trends = world.ada.get("/reviews/trends").await.assert_ok();
    let english = &trends["civilizations"][0];
    assert_eq!(
        (&english["name"], &english["reviews"], &english["wins"]),
        (&json!("english"), &json!(21), &json!(21))
    );
    assert_eq!(english["latest"].as_array().unwrap().len(), 20);
    assert_eq!(trends["maps"][0]["name"], "Made-up Meadow");
}

#[tokio::test]
async fn another_player_of_a_match_costs_no_further_question() {
    let upstream = AoE4World::start().await;
    let world = World::on(upstream, &[], [2]).await;
    world.request(2).await;
    world.reviewed(2).await;
    let bob = world.app.register("Bob").await;
    bob.link_steam().await;
    bob.post("/games/sync").await.assert_ok();
    let World { upstream, app, .. } = world;
    let world = World {
        upstream,
        app,
        ada: bob,
    };
    world.request(2).await;
    world.reviewed(2).await;
    let asked = world.upstream.asked().await;
    let summaries = asked
        .iter()
        .filter(|path| path.contains("/summary?camelize=true"));
    assert_eq!(summaries.count(), 1);
    let counted = "select coalesce(max(count), 0) from benchmarks";
    assert_eq!(world.app.database.count(counted).await, 1);
}
