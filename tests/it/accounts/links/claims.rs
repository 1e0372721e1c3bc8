use serde_json::json;

use crate::harness::{TestApp, Upstream, page_of};

#[tokio::test]
async fn accounts_elsewhere_are_linked_changed_and_unlinked() {
    let upstream = Upstream::start().await;
    let app = upstream.server().await;
    let ada = app.register("Ada").await;
    let steam = ada
        .post("/link/steam")
        .json(&json!({ "steamId": "76561198000000001" }))
        .await
        .assert_ok();
    assert_eq!(
        steam,
        json!({ "provider": "steam", "externalId": "76561198000000001", "username": null, "verified": false })
    );
    let discord = json!({ "discordId": "80351110224678912", "username": "ada" });
    let discord = ada.post("/link/discord").json(&discord).await.assert_ok();
    assert_eq!(
        (&discord["externalId"], &discord["username"]),
        (&json!("80351110224678912"), &json!("ada"))
    );
    for (number, name) in [(1, "Ada"), (2, "Countess")] {
        upstream.name(number, name);
        let link = ada.post("/link/trackmania");
        let link = link.json(&json!({ "username": name })).await.assert_ok();
        assert_eq!(link["username"], name);
    }
    let (links, next) = page_of(&ada.get("/links").await.assert_ok(), "links");
    assert_eq!((links.len(), next), (3, None));
    ada.delete("/link/steam").await.assert_gone();
    ada.delete("/link/steam")
        .await
        .assert_error(404, "not_linked");
    assert_eq!(
        page_of(&ada.get("/links").await.assert_ok(), "links")
            .0
            .len(),
        2
    );
}

#[tokio::test]
async fn what_can_be_no_account_elsewhere_is_refused() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    for id in [
        "",
        "1",
        "7656119800000000x",
        "86561198000000001",
        "765611980000000011",
        "' or 1=1",
    ] {
        ada.post("/link/steam")
            .json(&json!({ "steamId": id }))
            .await
            .assert_invalid("steamId");
    }
    for id in ["", "1", "x0351110224678912", "99999999999999999999999"] {
        let body = json!({ "discordId": id, "username": "ada" });
        ada.post("/link/discord")
            .json(&body)
            .await
            .assert_invalid("discordId");
    }
    for name in ["", "a\0b", &"x".repeat(1000)] {
        ada.post("/link/trackmania")
            .json(&json!({ "username": name }))
            .await
            .assert_invalid("username");
    }
}

#[tokio::test]
async fn a_mere_claim_reserves_nothing_but_a_proven_account_is_taken() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let body = json!({ "steamId": "76561198000000001" });
    eve.post("/link/steam").json(&body).await.assert_ok();
    ada.post("/link/steam").json(&body).await.assert_ok();
    app.database
        .execute(&format!(
            "update identities set verified = true where user_id = '{}'",
            ada.uuid()
        ))
        .await;
    eve.post("/link/steam")
        .json(&body)
        .await
        .assert_error(409, "identity_taken");
    let again = ada.post("/link/steam").json(&body).await.assert_ok();
    assert_eq!(again["verified"], true);
}

#[tokio::test]
async fn other_features_learn_of_many_at_once_who_has_which_account() {
    use accounts::links::{trackmania_of, trackmania_of_all};

    let upstream = Upstream::start().await;
    upstream.name(1, "Ada");
    let app = upstream.server().await;
    let pool = &app.database.pool;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let steam = json!({ "steamId": "76561197960287930" });
    bob.post("/link/steam").json(&steam).await.assert_ok();
    let link = ada.post("/link/trackmania");
    let link = link.json(&json!({ "username": "Ada" })).await.assert_ok();
    let both = [ada.user_id(), bob.user_id()];
    let linked = trackmania_of_all(pool, &both).await.unwrap();
    assert_eq!(linked.len(), 1);
    let alone = trackmania_of(pool, ada.user_id()).await.unwrap();
    assert_eq!(linked.get(&ada.user_id()), alone.as_ref());
    let alone = alone.unwrap();
    assert_eq!(link["externalId"], alone.external_id.as_str());
    assert!(!alone.verified);
    assert_eq!(trackmania_of(pool, bob.user_id()).await.unwrap(), None);
}
