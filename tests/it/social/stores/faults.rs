//! What DynamoDB does when it has too much to do, and what it does seldom.

use serde_json::{Value, json};
use social::{Added, Follow, PlayedGame, SocialStore, Status, StoreError};

use super::scripted::{Script, counts, edge, edge_key};
use super::world::{at, present};
use crate::harness::TestApp;

/// Calls that are made before one is given up.
const TRIES: usize = 6;
const THROTTLED: &str = "ProvisionedThroughputExceededException";
const CONFLICT: &str = "TransactionConflict";

fn is_away<T: std::fmt::Debug>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Away(_)))
}

async fn follow(script: &Script) -> Result<Added, StoreError> {
    let [user, target] = script.world.users().await;
    let mut tx = script.world.database.begin().await.unwrap();
    let at = at("2026-02-02T00:00:00Z");
    let follow = Follow { user, target, at };
    script.store().follow(&mut tx, follow).await
}

#[tokio::test]
async fn what_is_throttled_is_tried_again_and_given_up_in_the_end() {
    for error in [
        THROTTLED,
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
    ] {
        let script = Script::start().await;
        let ada = script.world.user().await;
        let home = [(ada, present(Status::Home, "2026-01-01T00:02:00Z"))];
        script.refuses("PutItem", error, Some(2)).await;
        script.answers("PutItem", [json!({})]).await;
        let before = script.store().put_presence(&home).await.unwrap();
        assert_eq!(before, [None]);
        assert_eq!(script.asked("PutItem").await.len(), 3, "{error}");

        script.refuses("PutItem", error, None).await;
        let given_up = script.store().put_presence(&home).await;
        assert!(is_away(&given_up), "{given_up:?}");
        assert_eq!(script.asked("PutItem").await.len(), 3 + TRIES, "{error}");
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    let script = Script::start().await;
    script.refuses("Query", "ValidationException", None).await;
    let ada = script.world.user().await;
    let refused = script.store().following(ada, None, 10).await;
    assert!(is_away(&refused), "{refused:?}");
    assert_eq!(script.asked("Query").await.len(), 1);
}

#[tokio::test]
async fn a_throttled_store_is_a_503_that_says_when_to_come_again() {
    let script = Script::start().await;
    script.refuses("TransactWriteItems", THROTTLED, None).await;
    let mut app = TestApp::builder()
        .setting("SOCIAL_STORE", "dynamodb")
        .setting("TABLE_FOLLOWS", script.follows());
    let uri = script.uri();
    for (name, value) in crate::harness::aws::settings(&uri) {
        app = app.setting(name, value);
    }
    let app = app.start().await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let answer = ada.put(&format!("/following/{}", bob.id)).await;
    assert_eq!(answer.header("Retry-After"), Some("1"));
    answer.assert_error(503, "store_unavailable");
}

#[tokio::test]
async fn keys_that_got_no_answer_are_asked_for_again_and_no_others() {
    let script = Script::start().await;
    let [ada, bob, eve] = script.world.users().await;
    let table = script.follows();
    script
        .answers(
            "BatchGetItem",
            [
                json!({
                    "Responses": { table: [edge(ada, bob)] },
                    "UnprocessedKeys": {
                        table: { "Keys": [edge_key(ada, eve)], "ConsistentRead": true }
                    },
                }),
                json!({ "Responses": { table: [edge(ada, eve)] }, "UnprocessedKeys": {} }),
            ],
        )
        .await;
    let mut edges = script
        .store()
        .edges_between(&[ada], &[bob, eve])
        .await
        .unwrap();
    edges.sort();
    assert_eq!(edges, [(ada, bob), (ada, eve)]);
    let asked = script.asked("BatchGetItem").await;
    assert_eq!(asked.len(), 2);
    let again = &asked[1]["RequestItems"][table];
    assert_eq!(again["Keys"], json!([edge_key(ada, eve)]));
    assert_eq!(again["ConsistentRead"], true);

    let never = json!({
        "UnprocessedKeys": { table: { "Keys": [edge_key(ada, eve)], "ConsistentRead": true } },
    });
    script
        .answers("BatchGetItem", std::iter::repeat_n(never, TRIES))
        .await;
    let given_up = script.store().edges_between(&[ada], &[eve]).await;
    assert!(is_away(&given_up), "{given_up:?}");
    assert_eq!(script.asked("BatchGetItem").await.len(), 2 + TRIES);
}

#[tokio::test]
async fn items_that_were_not_taken_are_sent_again_and_no_others() {
    let script = Script::start().await;
    let ada = script.world.user().await;
    let stats = script.world.dynamo().names.user_game_stats.clone();
    let key = |game: &str| json!({ "userId": { "S": ada.to_string() }, "gameId": { "S": game } });
    let removal = |game| json!({ "DeleteRequest": { "Key": key(game) } });
    // Forgetting finds no edges and no counts, and two games.
    script
        .answers(
            "Query",
            [
                json!({ "Items": [] }),
                json!({ "Items": [] }),
                json!({ "Items": [key("chess"), key("go")] }),
            ],
        )
        .await;
    script.answers("GetItem", [json!({})]).await;
    script.answers("DeleteItem", [json!({}), json!({})]).await;
    script
        .answers(
            "BatchWriteItem",
            [
                json!({ "UnprocessedItems": { stats.as_str(): [removal("go")] } }),
                json!({ "UnprocessedItems": {} }),
            ],
        )
        .await;
    assert!(script.store().forget(ada).await.unwrap());
    let sent = script.asked("BatchWriteItem").await;
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["RequestItems"][&stats].as_array().unwrap().len(), 2);
    assert_eq!(sent[1]["RequestItems"][&stats], json!([removal("go")]));
}

#[tokio::test]
async fn a_list_goes_on_behind_pages_that_are_empty() {
    let script = Script::start().await;
    let [ada, bob, eve] = script.world.users().await;
    let pages = || {
        [
            json!({ "Items": [], "LastEvaluatedKey": edge_key(ada, bob) }),
            json!({ "Items": [edge(ada, bob)], "LastEvaluatedKey": edge_key(ada, bob) }),
            json!({ "Items": [], "LastEvaluatedKey": edge_key(ada, bob) }),
            json!({ "Items": [edge(ada, eve)] }),
        ]
    };
    script.answers("Query", pages()).await;
    let following = script.store().following(ada, None, 10).await.unwrap();
    let following: Vec<_> = following.iter().map(|edge| edge.target).collect();
    assert_eq!(following, [bob, eve]);
    let asked = script.asked("Query").await;
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[1]["ExclusiveStartKey"], edge_key(ada, bob));
    assert_eq!(asked[0]["ConsistentRead"], true);
    // Who has enough asks no further.
    script.answers("Query", pages()).await;
    let following = script.store().following(ada, None, 1).await.unwrap();
    assert_eq!(following.len(), 1);
    assert_eq!(script.asked("Query").await.len(), 6);
}

#[tokio::test]
async fn games_go_on_behind_pages_that_are_empty() {
    let script = Script::start().await;
    let ada = script.world.user().await;
    let key = json!({ "userId": { "S": ada.to_string() } });
    let game = json!({
        "userId": { "S": ada.to_string() },
        "gameId": { "S": "chess" },
        "best": { "N": "7" },
        "last": { "N": "5" },
        "plays": { "N": "3" },
        "lastPlayedAt": { "S": "2026-01-01T00:00:00.000000Z" },
    });
    let pages = [
        json!({ "Items": [], "LastEvaluatedKey": key }),
        json!({ "Items": [game] }),
    ];
    script.answers("Query", pages).await;
    let games = script.store().recent_games(ada, None, 20).await.unwrap();
    let games = games.unwrap();
    let plays: Vec<_> = games.iter().map(|game: &PlayedGame| game.plays).collect();
    assert_eq!(plays, [3]);
}

#[tokio::test]
async fn transactions_that_meet_others_are_tried_again_and_given_up_in_the_end() {
    let script = Script::start().await;
    let met = json!([{ "Code": "None" }, { "Code": CONFLICT }, { "Code": "ThrottlingError" }]);
    script.cancels(met.clone(), Some(3)).await;
    script.answers("TransactWriteItems", [json!({})]).await;
    assert_eq!(follow(&script).await.unwrap(), Added::Now);
    let asked = script.asked("TransactWriteItems").await;
    assert_eq!(asked.len(), 4);
    // Each is a new one: a token that was used is answered from memory.
    let tokens: std::collections::BTreeSet<_> = asked
        .iter()
        .map(|asked| asked["ClientRequestToken"].as_str().unwrap())
        .collect();
    assert_eq!(tokens.len(), 4);

    script.cancels(met, None).await;
    let given_up = follow(&script).await;
    assert!(is_away(&given_up), "{given_up:?}");
    assert_eq!(script.asked("TransactWriteItems").await.len(), 4 + TRIES);
}

#[tokio::test]
async fn a_call_whose_outcome_is_not_known_is_repeated_as_the_same_one() {
    let script = Script::start().await;
    script
        .refuses("TransactWriteItems", "InternalServerError", Some(1))
        .await;
    script.answers("TransactWriteItems", [json!({})]).await;
    assert_eq!(follow(&script).await.unwrap(), Added::Now);
    let asked = script.asked("TransactWriteItems").await;
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[tokio::test]
async fn conditions_that_are_not_met_are_told_by_the_action_they_belong_to() {
    let script = Script::start().await;
    let failed = json!({ "Code": "ConditionalCheckFailed" });
    let fine = json!({ "Code": "None" });
    let [ada, bob] = script.world.users().await;
    let mut there = failed.clone();
    there["Item"] = edge(ada, bob);
    let since = Added::Before(at("2026-01-01T00:00:00Z"));
    for (reasons, added) in [
        (json!([there, fine, fine]), since),
        (json!([there, failed, fine]), since),
        (json!([fine, failed, fine]), Added::TooMany),
        (json!([fine, failed, { "Code": CONFLICT }]), Added::TooMany),
    ] {
        script.cancels(reasons, Some(1)).await;
        assert_eq!(follow(&script).await.unwrap(), added);
    }
    // What nobody has foreseen is a fault, and isn't tried again.
    let asked = script.asked("TransactWriteItems").await.len();
    let odd = json!([fine, { "Code": "ValidationError" }, failed]);
    script.cancels(odd, None).await;
    assert!(is_away(&follow(&script).await));
    assert_eq!(script.asked("TransactWriteItems").await.len(), asked + 1);
}

#[tokio::test]
async fn whom_the_index_does_not_show_yet_sees_their_own_follow() {
    let script = Script::start().await;
    let star = script.world.user().await;
    let [one, reader, other] = script.world.users().await;
    let read = async || -> Vec<_> {
        let edges = script.store().followers(star, Some(reader), None, 2).await;
        edges.unwrap().into_iter().map(|edge| edge.user).collect()
    };
    script
        .answers(
            "Query",
            [json!({ "Items": [edge(one, star), edge(other, star)] })],
        )
        .await;
    script
        .answers("GetItem", [json!({ "Item": edge(reader, star) })])
        .await;
    assert_eq!(read().await, [one, reader]);
    let asked = script.asked("GetItem").await;
    assert_eq!(asked[0]["ConsistentRead"], true);

    // Nor does anybody see their own that is gone, and the page is full all the same.
    let last = edge_key(reader, star);
    script
        .answers(
            "Query",
            [
                json!({ "Items": [edge(one, star), edge(reader, star)], "LastEvaluatedKey": last }),
                json!({ "Items": [edge(other, star)] }),
            ],
        )
        .await;
    script.answers("GetItem", [json!({})]).await;
    assert_eq!(read().await, [one, other]);
}

#[tokio::test]
async fn who_was_blocked_is_not_on_ones_own_list_though_the_index_shows_them() {
    let script = Script::start().await;
    let star = script.world.user().await;
    let [one, blocked, other] = script.world.users().await;
    let table = script.follows();
    let last = edge_key(blocked, star);
    script
        .answers(
            "Query",
            [
                json!({ "Items": [edge(one, star), edge(blocked, star)], "LastEvaluatedKey": last }),
                json!({ "Items": [edge(other, star)] }),
            ],
        )
        .await;
    script
        .answers(
            "BatchGetItem",
            [
                json!({ "Responses": { table: [edge(one, star)] } }),
                json!({ "Responses": { table: [edge(other, star)] } }),
            ],
        )
        .await;
    let edges = script.store().followers(star, Some(star), None, 2).await;
    let users: Vec<_> = edges.unwrap().iter().map(|edge| edge.user).collect();
    assert_eq!(users, [one, other]);
}

#[tokio::test]
async fn a_deletion_waits_for_edges_that_the_index_does_not_show_yet() {
    let script = Script::start().await;
    let [gone, fan] = script.world.users().await;
    let nothing = || json!({ "Items": [] });
    script
        .answers(
            "Query",
            [
                // Whom the user follows, who follows the user, and the same once more a moment later; then stats.
                nothing(),
                nothing(),
                json!({ "Items": [edge(fan, gone)] }),
                nothing(),
            ],
        )
        .await;
    script
        .answers(
            "GetItem",
            [
                json!({ "Item": counts(gone, 1) }),
                json!({ "Item": counts(gone, 0) }),
            ],
        )
        .await;
    script.answers("TransactWriteItems", [json!({})]).await;
    script.answers("DeleteItem", [json!({}), json!({})]).await;
    assert!(script.store().forget(gone).await.unwrap());
    let transaction = &script.asked("TransactWriteItems").await[0]["TransactItems"];
    assert_eq!(transaction[0]["Delete"]["Key"], edge_key(fan, gone));
    // The last that goes are the counts.
    let deleted = script.asked("DeleteItem").await;
    let mut key: Value = counts(gone, 0);
    key.as_object_mut().unwrap().remove("followers");
    assert_eq!(deleted[1]["Key"], key);
}

#[tokio::test]
async fn an_index_that_stays_behind_fails_the_deletion_so_that_it_is_tried_again() {
    let script = Script::start().await;
    let gone = script.world.user().await;
    let pages = std::iter::repeat_n(json!({ "Items": [] }), 2 * TRIES);
    script.answers("Query", pages).await;
    let waiting = std::iter::repeat_n(json!({ "Item": counts(gone, 1) }), 2 * TRIES);
    script.answers("GetItem", waiting).await;
    let outcome = script.store().forget(gone).await;
    assert!(is_away(&outcome), "{outcome:?}");
    assert!(script.asked("DeleteItem").await.is_empty());
}
