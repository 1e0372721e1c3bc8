//! Looking for maps at Trackmania Exchange.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Upstream, page_of};

const UID: &str = "MadeUpUid_of-27-letters_000";

/// As Trackmania Exchange lists a map.
fn listed(id: i64, uid: &str, name: &str) -> Value {
    json!({
        "MapId": id, "MapUid": uid, "Name": name, "UploadedAt": "2025-05-03T18:48:16.15",
        "UpdatedAt": "2025-05-11T09:27:54", "Uploader": { "UserId": 7, "Name": "Ada" },
        "Authors": [{ "User": { "UserId": 7, "Name": "Ada" }, "Role": "" }, { "User": { "UserId": 8, "Name": "Bob" }, "Role": "" }],
        "Tags": [{ "TagId": 4, "Name": "RPG", "Color": "" }], "Length": 5_000_000_000_i64, "AwardCount": 3,
        "Medals": { "Author": 20_000, "Gold": 22_000, "Silver": 25_000, "Bronze": 30_000 },
        "OnlineWR": { "AccountId": "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0", "DisplayName": "Eve", "RecordTime": 19_000 },
    })
}

#[tokio::test]
async fn maps_are_found_by_name_a_page_at_a_time() {
    let upstream = Upstream::start().await;
    for id in 1..=25 {
        upstream.list(listed(
            id,
            &format!("Uid{id}"),
            &format!("Made-up hill {id}"),
        ));
    }
    upstream.list(listed(26, "Other", "A valley"));
    let app = upstream.server().await;
    let mut found = Vec::new();
    let mut path = "/maps?query=Made-up%20Hill&limit=10".to_owned();
    let first = path.clone();
    loop {
        let (maps, next) = page_of(&app.get(&path).await.assert_ok(), "maps");
        found.extend(maps.iter().map(|map| map["exchangeId"].as_i64().unwrap()));
        let Some(next) = next else { break };
        path = format!("{first}&cursor={next}");
        // It belongs to this question alone.
        app.get(&format!("/maps?query=valley&cursor={next}"))
            .await
            .assert_error(400, "invalid_cursor");
    }
    assert_eq!(found, (1..=25).collect::<Vec<_>>());
    let (maps, _) = page_of(&app.get(&first).await.assert_ok(), "maps");
    assert_eq!(
        maps[0],
        json!({
            "uid": "Uid1", "exchangeId": 1, "name": "Made-up hill 1",
            "authors": [{ "id": 7, "name": "Ada" }, { "id": 8, "name": "Bob" }], "tags": ["RPG"],
            "medals": { "author": 20_000, "gold": 22_000, "silver": 25_000, "bronze": 30_000 },
            "length": 5_000_000_000_i64, "awards": 3,
            "uploadedAt": "2025-05-03T18:48:16.150Z", "updatedAt": "2025-05-11T09:27:54.000Z",
            "worldRecord": { "accountId": "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0", "name": "Eve", "time": 19_000 },
        })
    );
    // What was told is good for five minutes.
    let asked = upstream.count("/exchange/").await;
    app.get(&first).await.assert_ok();
    assert_eq!(upstream.count("/exchange/").await, asked);
    app.advance(301);
    app.get(&first).await.assert_ok();
    assert_eq!(upstream.count("/exchange/").await, asked + 1);
}

#[tokio::test]
async fn a_uid_finds_its_map_and_a_long_word_a_name() {
    let upstream = Upstream::start().await;
    upstream.list(listed(1, UID, "A hill"));
    upstream.list(listed(2, "Uid2", "Donaudampfschifffahrtsgesellschaft"));
    let app = upstream.server().await;
    for (query, id) in [(UID, 1), ("Donaudampfschifffahrtsgesellschaft", 2)] {
        let found = app.get(&format!("/maps?query={query}")).await.assert_ok();
        let (maps, next) = page_of(&found, "maps");
        assert_eq!((maps.len(), next), (1, None), "{query}");
        assert_eq!(maps[0]["exchangeId"], id);
    }
    let none = app.get("/maps?query=nothing").await.assert_ok();
    assert_eq!(none, json!({ "maps": [], "nextCursor": null }));
}

#[tokio::test]
async fn what_is_no_question_is_told() {
    let upstream = Upstream::start().await;
    let app = upstream.server().await;
    app.get("/maps").await.assert_error(400, "invalid_query");
    let long = "x".repeat(65);
    for query in ["", "%20", "a%00b", "a%0Ab", &long] {
        app.get(&format!("/maps?query={query}"))
            .await
            .assert_invalid("query");
    }
    for more in ["limit=0", "limit=101", "page=2"] {
        app.get(&format!("/maps?query=a&{more}"))
            .await
            .assert_error(400, "invalid_query");
    }
    for cursor in ["x", "AAAA", "W10"] {
        app.get(&format!("/maps?query=a&cursor={cursor}"))
            .await
            .assert_error(400, "invalid_cursor");
    }
    assert_eq!(upstream.count("").await, 0);
}

#[tokio::test]
async fn answers_of_other_shapes_are_no_maps() {
    let upstream = Upstream::start().await;
    let app = upstream.server().await;
    let answers = [
        ResponseTemplate::new(200).set_body_json(json!({})),
        ResponseTemplate::new(200).set_body_json(json!([])),
        ResponseTemplate::new(200).set_body_json(json!(["error"])),
        ResponseTemplate::new(200).set_body_string(""),
        ResponseTemplate::new(200).set_body_string("<html>a moment please</html>"),
        ResponseTemplate::new(400).set_body_json(json!({ "error": "fields" })),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        upstream.fail("/exchange/", [answer]);
        app.get(&format!("/maps?query=hill{number}"))
            .await
            .assert_error(503, "trackmania_exchange_unavailable");
    }
    // Nothing of that is remembered, and what broke on the way is asked for again.
    upstream.fail("/exchange/", [ResponseTemplate::new(500)]);
    app.get("/maps?query=hill0").await.assert_ok();
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "7");
    upstream.fail("/exchange/", [busy]);
    let answer = app.get("/maps?query=hill1").await;
    answer.assert_error(503, "trackmania_exchange_unavailable");
    assert_eq!(answer.header("retry-after"), Some("7"));
}
