//! Links to reviews that anyone may open.

use super::World;

#[tokio::test]
async fn a_review_is_private_until_it_is_shared_and_again_when_it_no_longer_is() {
    let world = World::with_matches([2]).await;
    let (app, ada) = (&world.app, &world.ada);
    world.request(2).await;
    let review = world.reviewed(2).await;
    assert_eq!(review["shared"], false);
    let id = review["id"].as_str().unwrap();
    let path = format!("/reviews/{id}/share");
    app.get(&format!("/reviews/shared/{id}"))
        .await
        .assert_error(404, "review_not_found");
    let first = ada.post(&path).await.assert_ok();
    let token = first["token"].as_str().unwrap();
    assert!(
        first["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/reviews/shared/{token}"))
    );
    let shared = app
        .get(&format!("/reviews/shared/{token}"))
        .await
        .assert_ok();
    assert_eq!(
        (&shared["id"], &shared["summaryMd"]),
        (&review["id"], &review["summaryMd"])
    );
    // Another link ends the first one.
    let second = ada.post(&path).await.assert_ok();
    let second = second["token"].as_str().unwrap();
    app.get(&format!("/reviews/shared/{token}"))
        .await
        .assert_error(404, "review_not_found");
    app.get(&format!("/reviews/shared/{second}"))
        .await
        .assert_ok();
    ada.delete(&path).await.assert_gone();
    app.get(&format!("/reviews/shared/{second}"))
        .await
        .assert_error(404, "review_not_found");
    // Nobody else shares it, or makes it private.
    let bob = app.register("Bob").await;
    bob.post(&path).await.assert_error(404, "review_not_found");
    bob.delete(&path)
        .await
        .assert_error(404, "review_not_found");
}
