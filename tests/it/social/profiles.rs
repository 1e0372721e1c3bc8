use serde_json::json;

use crate::harness::{TestApp, eventually, page_of};

#[tokio::test]
async fn a_page_shows_who_somebody_is_and_what_they_have_done() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let admin = app.admin().await;
    let service = admin.game_service(&[]).await;
    admin
        .make_board(
            json!({ "id": "chess", "gameId": "chess", "title": "Chess", "operator": "best" }),
        )
        .await;
    ada.score(&service, "chess", 50).await;
    bob.score(&service, "chess", 70).await;
    bob.score(&service, "chess", 60).await;
    bob.score(&service, "go", 5).await;
    ada.put(&format!("/following/{}", bob.id)).await.assert_ok();
    bob.put("/presence")
        .json(&json!({ "status": "playing", "gameId": "go" }))
        .await
        .assert_ok();

    // A store with a copy of stats shows them a moment later.
    let path = format!("/users/{}", bob.id);
    let page = eventually("both games and both plays of chess are shown", async || {
        let page = ada.get(&path).await.assert_ok();
        (page["games"][1]["plays"] == 2).then_some(page)
    })
    .await;
    assert_eq!(page["id"], bob.id);
    assert_eq!(page["screenName"], "Bob");
    assert!(page["joinedAt"].is_string());
    assert_eq!([&page["followers"], &page["following"]], [1, 0]);
    assert_eq!(page["isFollowing"], true);
    assert_eq!(page["presence"]["status"], "playing");
    let games = page["games"].as_array().unwrap();
    assert_eq!(games[0]["gameId"], "go");
    assert_eq!(games[0]["rank"], 1);
    let chess = &games[1];
    assert_eq!(
        *chess,
        json!({
            "gameId": "chess",
            "bestScore": 70,
            "lastScore": 60,
            "lastPlayedAt": chess["lastPlayedAt"],
            "plays": 2,
            "rank": 1,
        })
    );
    let places = page["ranks"].as_array().unwrap();
    assert_eq!(
        json!(places[..2]),
        json!([
            { "leaderboard": "global", "gameId": null, "title": page["ranks"][0]["title"], "rank": 1, "total": 2, "score": 135 },
            { "leaderboard": "chess", "gameId": "chess", "title": "Chess", "rank": 1, "total": 2, "score": 70 },
        ])
    );
    assert_eq!(places[2]["leaderboard"], "go");
    // Whoever isn't signed in sees the page too.
    let page = app.get(&format!("/users/{}", bob.id)).await.assert_ok();
    assert_eq!(page["isFollowing"], false);
}

#[tokio::test]
async fn games_are_listed_the_last_played_first() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let service = app.admin().await.game_service(&[]).await;
    for number in 0..5 {
        ada.score(&service, &format!("game-{number}"), 1).await;
    }
    ada.score(&service, "game-2", 1).await;
    let all = format!("/users/{}/games?limit=5", ada.id);
    eventually("all games are shown", async || {
        let page = app.get(&all).await.assert_ok();
        (page["games"][0]["plays"] == 2 && page["games"][4].is_object()).then_some(())
    })
    .await;
    let mut seen = Vec::new();
    let mut path = format!("/users/{}/games?limit=2", ada.id);
    loop {
        let (games, next) = page_of(&app.get(&path).await.assert_ok(), "games");
        seen.extend(
            games
                .iter()
                .map(|game| game["gameId"].as_str().unwrap().to_owned()),
        );
        let Some(next) = next else { break };
        path = format!("/users/{}/games?limit=2&cursor={next}", ada.id);
    }
    assert_eq!(seen, ["game-2", "game-4", "game-3", "game-1", "game-0"]);
}

#[tokio::test]
async fn who_is_not_there_has_no_page() {
    let app = TestApp::start().await;
    let gone = app.register("Gone").await;
    gone.delete("/me").await.assert_gone();
    for id in [gone.id.as_str(), "usr_01h455vb4pex5vsknk084sn02q"] {
        for path in [format!("/users/{id}"), format!("/users/{id}/games")] {
            app.get(&path).await.assert_error(404, "user_not_found");
        }
    }
}
