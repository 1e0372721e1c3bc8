//! What is one player's, another neither sees nor touches.

use serde_json::{Value, json};

use super::World;
use crate::harness::{eventually, page_of};

#[tokio::test]
async fn nothing_of_one_player_is_there_for_another() {
    let world = World::with_matches([2, 4]).await;
    let ada = &world.ada;
    let done = world.request(2).await;
    let review = world.reviewed(2).await;
    let paused = "update queues set paused = true where name = 'reviews'";
    world.app.database.execute(paused).await;
    let waiting = world.request(4).await;
    let told = eventually("Ada is told", async || {
        let history = ada.get("/notifications").await.assert_ok();
        history["notifications"].get(0).cloned()
    })
    .await;

    let bob = world.app.register("Bob").await;
    let review = review["id"].as_str().unwrap();
    for (path, code) in [
        ("/games/2".to_owned(), "game_not_found"),
        (format!("/reviews/{review}"), "review_not_found"),
        (format!("/jobs/{done}"), "job_not_found"),
        (format!("/jobs/{waiting}"), "job_not_found"),
    ] {
        bob.get(&path).await.assert_error(404, code);
    }
    for path in ["/games/2/review", "/games/4/review"] {
        bob.post(path).await.assert_error(404, "game_not_found");
    }
    let share = format!("/reviews/{review}/share");
    bob.post(&share).await.assert_error(404, "review_not_found");
    bob.delete(&share)
        .await
        .assert_error(404, "review_not_found");
    bob.delete(&format!("/jobs/{waiting}"))
        .await
        .assert_error(404, "job_not_found");
    bob.delete("/link/steam")
        .await
        .assert_error(404, "not_linked");
    let read = json!({ "ids": [told["id"]] });
    let _ = bob.post("/notifications/read").json(&read).await;
    for (path, list) in [
        ("/games", "games"),
        ("/reviews", "reviews"),
        ("/notifications", "notifications"),
        ("/links", "links"),
    ] {
        let (theirs, next) = page_of(&bob.get(path).await.assert_ok(), list);
        assert_eq!((theirs, next), (Vec::<Value>::new(), None), "{path}");
    }
    let trends = bob.get("/reviews/trends").await.assert_ok();
    assert_eq!(trends["civilizations"], json!([]));
    assert_eq!(bob.get("/games/sync").await.assert_ok()["games"], 0);
    let export = bob.get("/me/export").await.assert_ok().to_string();
    for foreign in [
        review,
        told["id"].as_str().unwrap(),
        &*ada.id,
        "Made-up Meadow",
    ] {
        assert!(!export.contains(foreign), "{foreign}: {export}");
    }

    // Nor has he changed anything.
    assert_eq!(
        ada.get(&format!("/jobs/{waiting}")).await.assert_ok()["state"],
        "queued"
    );
    let shown = ada.get(&format!("/reviews/{review}")).await.assert_ok();
    assert_eq!(shown["shared"], false);
    let (links, _) = page_of(&ada.get("/links").await.assert_ok(), "links");
    assert_eq!(links.len(), 1);
    let history = ada.get("/notifications").await.assert_ok();
    assert_eq!(
        history["notifications"][0], told,
        "it is as unread as it was"
    );
}
