use serde_json::{Value, json};

use crate::harness::{GameService, Player, TestApp};

const CAP: u64 = (1 << 53) - 1;

async fn set_up() -> (TestApp, GameService, Player) {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    (app, service, ada)
}

#[tokio::test]
async fn a_score_is_a_whole_number_that_every_json_reader_holds_exactly() {
    let (app, service, ada) = set_up().await;
    let token = service.vouch(&ada, "chess", CAP).await;
    for value in [
        "-1",
        "1.5",
        "9007199254740992",
        "18446744073709551616",
        "1e400",
        "-1e400",
        "\"10\"",
        "null",
        "true",
        "[1]",
        "{}",
        "1e1000000000",
    ] {
        let body = format!(r#"{{"actionToken":"{}","scoreDelta":{value}}}"#, token.text);
        let answer = ada.post("/scores").json_text(body).await;
        let body = answer.json();
        // A number that no JSON reader can hold may count as malformed.
        let expected = matches!(
            (answer.status.as_u16(), body["code"].as_str()),
            (422, Some("validation_failed")) | (400, Some("malformed_json"))
        );
        assert!(expected, "{value}: {body}");
    }
    for value in ["NaN", "Infinity", "01", "+1", "1.", ".5", "0x10"] {
        let body = format!(r#"{{"actionToken":"{}","scoreDelta":{value}}}"#, token.text);
        ada.post("/scores")
            .json_text(body)
            .await
            .assert_error(400, "malformed_json");
    }
    let missing = json!({ "actionToken": token.text });
    ada.post("/scores")
        .json(&missing)
        .await
        .assert_invalid("scoreDelta");
    let twice = format!(
        r#"{{"actionToken":"{}","scoreDelta":1,"scoreDelta":2}}"#,
        token.text
    );
    ada.post("/scores")
        .json_text(twice)
        .await
        .assert_error(422, "validation_failed");
    assert_eq!(
        app.database
            .count("select count(*) from score_events")
            .await,
        0
    );
    ada.submit(&token, CAP).await.assert_ok();
}

#[tokio::test]
async fn zero_is_a_score() {
    let (app, service, ada) = set_up().await;
    let answer = ada.score(&service, "chess", 0).await;
    assert_eq!(
        (&answer["score"], &answer["rank"], &answer["previousScore"]),
        (&json!(0), &json!(1), &json!(0))
    );
    assert_eq!(app.board("chess").entry_of(&ada).await.score, 0);
}

#[tokio::test]
async fn the_answer_tells_where_the_player_stands() {
    let (app, service, ada) = set_up().await;
    let bob = app.register("Bob").await;
    bob.score(&service, "go", 50).await;
    let answer = ada.score(&service, "chess", 42).await;
    assert_eq!(answer["userId"], ada.id.as_str());
    assert_eq!(
        (&answer["gameId"], &answer["scoreDelta"]),
        (&json!("chess"), &json!(42))
    );
    assert_eq!(
        (&answer["score"], &answer["previousScore"], &answer["rank"]),
        (&json!(42), &json!(0), &json!(2))
    );
    let mut boards = answer["leaderboards"].as_array().unwrap().clone();
    boards.sort_by_key(|board| board["id"].to_string());
    let want = json!([
        { "id": "chess", "score": 42, "rank": 1, "improved": true },
        { "id": "global", "score": 42, "rank": 2, "improved": true },
    ]);
    assert_eq!(json!(boards), want);
    let answer = ada.score(&service, "chess", 10).await;
    assert_eq!(
        (&answer["score"], &answer["previousScore"], &answer["rank"]),
        (&json!(52), &json!(42), &json!(1))
    );
    let chess = answer["leaderboards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|board| board["id"] == "chess")
        .unwrap();
    assert_eq!(
        chess,
        &json!({ "id": "chess", "score": 42, "rank": 1, "improved": false })
    );
}

#[tokio::test]
async fn a_sum_stops_at_the_cap() {
    let (app, service, ada) = set_up().await;
    let bob = app.register("Bob").await;
    bob.score(&service, "chess", CAP).await;
    ada.score(&service, "chess", CAP - 10).await;
    let answer = ada.score(&service, "chess", 7).await;
    assert_eq!(answer["score"], CAP - 3);
    for _ in 0..2 {
        let answer = ada.score(&service, "chess", CAP).await;
        assert_eq!(answer["score"], CAP);
    }
    // Whoever reached it first stays ahead, and what changes nothing moves nobody.
    assert_eq!(
        app.board("global").standings().await,
        [("Bob".to_owned(), CAP), ("Ada".to_owned(), CAP)]
    );
    let reached = app.board("global").entry_of(&bob).await.reached_at;
    bob.score(&service, "chess", 5).await;
    assert_eq!(app.board("global").entry_of(&bob).await.reached_at, reached);
}

#[tokio::test]
async fn metadata_is_kept_with_the_audit_row_and_bounded() {
    let (app, service, ada) = set_up().await;
    let submit = async |metadata: Value| {
        let token = service.vouch(&ada, "chess", 1).await;
        ada.post("/scores")
            .json(&json!({ "actionToken": token.text, "scoreDelta": 1, "metadata": metadata }))
            .await
    };
    submit(json!({ "opening": "Réti", "moves": [1, 2.5, null, { "deep": true }] }))
        .await
        .assert_ok();
    assert_eq!(
        app.database
            .count("select count(*) from score_events where metadata->>'opening' = 'Réti'")
            .await,
        1
    );
    submit(json!({})).await.assert_ok();
    submit(Value::Null).await.assert_ok();
    submit(json!({ "text": "x".repeat(2048 - 11) }))
        .await
        .assert_ok();
    submit(json!({ "text": "x".repeat(2049) }))
        .await
        .assert_invalid("metadata");
    submit(json!({ "nul": "a\0b" }))
        .await
        .assert_invalid("metadata");
    submit(json!({ "a\0b": 1 }))
        .await
        .assert_invalid("metadata");
    submit(json!({ "backslash": "\\u0000" })).await.assert_ok();
    for other in [json!([]), json!("text"), json!(7)] {
        submit(other).await.assert_error(422, "validation_failed");
    }
}
