use kernel::Cursor;
use serde_json::{Value, json};

use crate::harness::TestApp;

#[tokio::test]
async fn a_limit_is_a_number_from_1_to_100() {
    let app = TestApp::start().await;
    for path in ["/leaderboards", "/leaderboards/global/entries", "/scores"] {
        for limit in [
            "0",
            "101",
            "-1",
            "1.5",
            "ten",
            "",
            "1e1",
            "99999999999999999999",
            "5&limit=6",
        ] {
            app.get(&format!("{path}?limit={limit}"))
                .await
                .assert_error(400, "invalid_query");
        }
        for limit in ["1", "100"] {
            app.get(&format!("{path}?limit={limit}")).await.assert_ok();
        }
    }
}

#[tokio::test]
async fn a_parameter_that_nobody_knows_is_told() {
    let app = TestApp::start().await;
    app.get("/leaderboards?colour=red")
        .await
        .assert_error(400, "invalid_query");
    app.get("/leaderboards/global/entries?scope=everybody")
        .await
        .assert_error(400, "invalid_query");
    app.get("/leaderboards/global/entries?period=x")
        .await
        .assert_error(400, "invalid_query");
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_is_400() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let admin = app.admin().await;
    let long = "A".repeat(10_000);
    for cursor in ["x", "AAAA", "%00", "W10", "bnVsbA", "e30=", &long] {
        let query = format!("?cursor={cursor}");
        for path in ["/leaderboards", "/leaderboards/global/entries", "/scores"] {
            app.get(&format!("{path}{query}"))
                .await
                .assert_error(400, "invalid_cursor");
        }
        for path in ["/auth/sessions", "/links"] {
            ada.get(&format!("{path}{query}"))
                .await
                .assert_error(400, "invalid_cursor");
        }
        admin
            .get(&format!("/admin/api-keys{query}"))
            .await
            .assert_error(400, "invalid_cursor");
    }
}

#[tokio::test]
async fn a_cursor_with_a_position_that_cannot_be_is_400() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let admin = app.admin().await;
    let long = "x".repeat(200);
    let texts = ["\0", "", "a\0b", "nobody's", "\u{1f600}", &long];
    let mut positions: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    positions.extend([json!(null), json!([]), json!({}), json!(1.5), json!(true)]);
    for text in texts {
        positions.push(json!([text, text, text]));
    }
    positions.push(json!([-1, 0, "00000000-0000-0000-0000-000000000000"]));
    for (caller, path, list) in [
        (&ada, "/links", "links"),
        (&ada, "/auth/sessions", "sessions"),
        (&ada, "/leaderboards", "leaderboards"),
        (&ada, "/leaderboards/global/entries", "entries:global"),
        (&ada, "/scores", "scores"),
        (&admin, "/admin/api-keys", "api-keys"),
    ] {
        for position in &positions {
            let cursor = Cursor::new(list, position);
            caller
                .get(&format!("{path}?cursor={cursor}"))
                .await
                .assert_error(400, "invalid_cursor");
        }
    }
    // At the far ends there is just nothing.
    for position in [i64::MIN, i64::MAX] {
        let cursor = Cursor::new("scores", &position);
        app.get(&format!("/scores?cursor={cursor}"))
            .await
            .assert_ok();
        let cursor = Cursor::new("entries:global", &(u64::MAX, position, uuid::Uuid::max()));
        app.get(&format!("/leaderboards/global/entries?cursor={cursor}"))
            .await
            .assert_ok();
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_400() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let service = app.game_service(&[]).await;
    for name in ["Ada", "Bob", "Cleo"] {
        app.register(name).await.score(&service, "chess", 5).await;
    }
    let mut cursors = Vec::new();
    let lists = [
        "/leaderboards",
        "/leaderboards/global/entries",
        "/leaderboards/chess/entries",
        "/scores",
        "/scores?gameId=chess",
    ];
    for list in lists {
        let separator = if list.contains('?') { '&' } else { '?' };
        let page = app
            .get(&format!("{list}{separator}limit=1"))
            .await
            .assert_ok();
        cursors.push((
            list,
            page["nextCursor"]
                .as_str()
                .unwrap_or_else(|| panic!("{list}: {page}"))
                .to_owned(),
        ));
    }
    for (of, cursor) in &cursors {
        for list in lists.iter().filter(|list| *list != of) {
            let separator = if list.contains('?') { '&' } else { '?' };
            app.get(&format!("{list}{separator}cursor={cursor}"))
                .await
                .assert_error(400, "invalid_cursor");
        }
        admin
            .get(&format!("/auth/sessions?cursor={cursor}"))
            .await
            .assert_error(400, "invalid_cursor");
    }
}
