use serde_json::{Value, json};

use super::*;

fn game(id: u64) -> Value {
    json!({
        "game_id": id, "started_at": "2026-02-03T04:05:06.000Z", "map": "Altai", "kind": "rm_1v1", "duration": 900,
        "teams": [[{"player": {"profile_id": 1, "civilization": "rus"}}], []], "something_new": [1, 2]
    })
}

/// A page from `offset` on, of at most `per_page`, out of `total`.
fn page(offset: u64, per_page: u64, total: u64) -> Value {
    let games: Vec<Value> = (offset..total.min(offset + per_page))
        .map(|id| game(id + 1))
        .collect();
    json!({
        "total_count": total, "page": offset / per_page + 1, "per_page": per_page, "count": games.len(), "offset": offset,
        "filters": {"leaderboard": null, "since": null}, "games": games
    })
}

fn read(value: Value) -> GamesPage {
    GamesPage::parse(value).expect("a page")
}

fn is_last(value: Value) -> bool {
    read(value).last
}

fn without(mut value: Value, fields: &[&str]) -> Value {
    let object = value.as_object_mut().expect("an object");
    for field in fields {
        object.remove(*field);
    }
    value
}

fn with(mut value: Value, field: &str, as_is: Value) -> Value {
    value[field] = as_is;
    value
}

#[test]
fn games_come_with_what_they_were_read_from() {
    let read = read(page(0, 50, 3));
    assert_eq!(
        read.games.iter().map(|one| one.game.id).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(read.games[1].payload, game(2));
    assert_eq!(
        (read.per_page, read.total, read.malformed.len()),
        (Some(50), Some(3), 0)
    );
}

#[test]
fn what_is_malformed_is_left_out_and_named() {
    let mut value = page(0, 50, 3);
    value["games"][1]["started_at"] = json!(12);
    let read = read(value);
    assert_eq!(
        read.games.iter().map(|one| one.game.id).collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(read.malformed.len(), 1);
    assert_eq!(read.malformed[0].field, "games[1].started_at");
}

#[test]
fn the_last_page_is_short_or_reaches_the_end_or_is_empty() {
    assert!(!is_last(page(0, 50, 120)));
    assert!(!is_last(page(50, 50, 120)));
    assert!(is_last(page(100, 50, 120)));
    assert!(
        is_last(page(50, 50, 100)),
        "a full page that reaches the end"
    );
    assert!(is_last(page(150, 50, 100)), "behind the end");
    assert!(
        !is_last(without(page(0, 50, 50), &["total_count"])),
        "full, and no end is told"
    );
    assert!(is_last(without(page(0, 50, 49), &["total_count"])));
    let bare = without(
        page(0, 50, 3),
        &[
            "total_count",
            "page",
            "per_page",
            "count",
            "offset",
            "filters",
        ],
    );
    assert!(!is_last(bare), "nothing tells that there is no more");
}

#[test]
fn a_page_of_fifty_where_a_hundred_were_asked_for_is_not_the_last() {
    let capped = page(0, 50, 400);
    assert_eq!(read(capped.clone()).per_page, Some(50));
    assert!(!is_last(capped));
}

#[test]
fn the_next_page_is_what_the_reply_says() {
    assert!(!is_last(with(page(0, 50, 40), "next_page", json!(2))));
    assert!(is_last(with(page(0, 50, 400), "next_page", Value::Null)));
    assert!(
        is_last(with(page(50, 50, 400), "next_page", json!(2))),
        "it leads back"
    );
    assert!(is_last(with(
        with(page(0, 50, 400), "games", json!([])),
        "next_page",
        json!(2)
    )));
}

#[test]
fn the_filter_may_have_either_name() {
    let renamed = with(
        without(page(0, 50, 3), &["filters"]),
        "filter",
        json!({"since": null}),
    );
    assert_eq!(read(renamed), read(page(0, 50, 3)));
}

#[test]
fn an_error_is_one_though_the_status_be_200() {
    let said = |value: Value| match GamesPage::parse(value) {
        Err(PageError::Said(text)) => text,
        other => panic!("not an error of theirs: {other:?}"),
    };
    assert_eq!(said(json!({"error": "Invalid api_key"})), "Invalid api_key");
    assert_eq!(
        said(with(page(0, 50, 3), "error", json!({"code": 7}))),
        r#"{"code":7}"#
    );
    assert_eq!(
        said(json!({"status": 404, "error": "x".repeat(9000)})).len(),
        200
    );
    assert!(GamesPage::parse(with(page(0, 50, 3), "error", Value::Null)).is_ok());
}

#[test]
fn what_is_no_page_says_so() {
    for value in [
        json!([]),
        json!("<html>"),
        json!(null),
        json!({}),
        json!({"games": {}}),
    ] {
        let error = GamesPage::parse(value).expect_err("no page");
        assert!(matches!(error, PageError::Malformed(_)), "{error}");
    }
}
