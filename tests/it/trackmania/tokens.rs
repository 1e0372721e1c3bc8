//! What we present to Nadeo's services.

use futures_util::future::join_all;
use wiremock::ResponseTemplate;

use crate::harness::{TestApp, Upstream, row};

const LOGINS: &str = "/token/basic";
const REFRESHES: &str = "/token/refresh";

async fn with_maps(count: u32) -> Upstream {
    let upstream = Upstream::start().await;
    for number in 0..count {
        upstream.map(&format!("Hill{number}"), [row(1, 1, 20_000)]);
    }
    upstream
}

/// Asks for as many maps at once, of these servers in turn.
async fn ask_all(apps: &[&TestApp], count: usize) {
    let asked = (0..count).map(|number| {
        let app = apps[number % apps.len()];
        async move { app.records(&format!("Hill{number}")).await }
    });
    for answer in join_all(asked).await {
        answer.assert_ok();
    }
}

#[tokio::test]
async fn many_callers_on_two_servers_log_in_once_for_each_audience() {
    let upstream = with_maps(20).await;
    let first = upstream.server().await;
    let second = upstream.settings(first.neighbour()).start().await;
    ask_all(&[&first, &second], 20).await;
    assert_eq!(upstream.count(LOGINS).await, 2);
    // Nor does a server that starts later.
    let third = upstream.settings(first.neighbour()).start().await;
    first.advance(61);
    ask_all(&[&third], 20).await;
    assert_eq!(upstream.count(LOGINS).await, 2);
    assert_eq!(upstream.count(REFRESHES).await, 0);
    let readable = "select count(*) from trackmania_tokens where position('access' in encode(sealed, 'escape')) > 0";
    assert_eq!(first.database.count(readable).await, 0);
    let kept = "select count(*) from trackmania_tokens where sealed is not null";
    assert_eq!(first.database.count(kept).await, 3);
}

#[tokio::test]
async fn a_token_is_renewed_once_before_it_ends_and_anew_after_a_day() {
    let upstream = with_maps(20).await;
    let first = upstream.server().await;
    let second = upstream.settings(first.neighbour()).start().await;
    ask_all(&[&first], 1).await;
    first.advance(29 * 60);
    ask_all(&[&first, &second], 20).await;
    assert_eq!(upstream.count(REFRESHES).await, 0);
    // Maps are known for an hour: only Live is asked from here on.
    first.advance(2 * 60);
    ask_all(&[&first, &second], 20).await;
    assert_eq!(upstream.count(REFRESHES).await, 1);
    assert_eq!(upstream.count(LOGINS).await, 2);
    first.advance(25 * 3_600);
    ask_all(&[&first, &second], 20).await;
    assert_eq!(upstream.count(REFRESHES).await, 1);
    assert_eq!(upstream.count(LOGINS).await, 4);
}

#[tokio::test]
async fn a_token_that_is_no_longer_taken_is_replaced() {
    let upstream = with_maps(20).await;
    let app = upstream.server().await;
    ask_all(&[&app], 20).await;
    app.advance(61);
    upstream.revoke(false);
    ask_all(&[&app], 20).await;
    // Of Live: maps and names are known.
    assert_eq!(upstream.count(REFRESHES).await, 1);
    assert_eq!(upstream.count(LOGINS).await, 2);
    app.advance(61);
    upstream.revoke(true);
    ask_all(&[&app], 20).await;
    assert_eq!(upstream.count(REFRESHES).await, 2);
    assert_eq!(upstream.count(LOGINS).await, 3);
}

#[tokio::test]
async fn whoever_is_refused_with_a_new_token_gives_up() {
    let upstream = with_maps(1).await;
    let app = upstream.server().await;
    let no = || ResponseTemplate::new(401);
    upstream.fail("/top?", [no(), no()]);
    app.records("Hill0")
        .await
        .assert_error(503, "trackmania_account_refused");
    assert_eq!(upstream.count("/top?").await, 2);
    app.records("Hill0").await.assert_ok();
}

#[tokio::test]
async fn while_a_token_is_good_a_renewal_that_fails_holds_nobody_up() {
    let upstream = with_maps(2).await;
    let app = upstream.server().await;
    ask_all(&[&app], 2).await;
    app.advance(31 * 60);
    let away = || ResponseTemplate::new(503);
    upstream.fail(REFRESHES, [away(), away()]);
    ask_all(&[&app], 2).await;
    // And isn't tried again at once.
    app.advance(61);
    ask_all(&[&app], 2).await;
    assert_eq!(upstream.count(REFRESHES).await, 2);
    assert_eq!(upstream.count(LOGINS).await, 2);
}

#[tokio::test]
async fn a_password_that_was_refused_is_not_tried_again_for_a_while() {
    let upstream = with_maps(1).await;
    let builder = upstream.builder().setting("NADEO_PASSWORD", "wrong");
    let app = builder.start().await;
    for answer in join_all((0..5).map(|_| app.records("Hill0"))).await {
        answer.assert_error(503, "trackmania_account_refused");
    }
    assert_eq!(upstream.count(LOGINS).await, 1);
    app.advance(601);
    app.records("Hill0")
        .await
        .assert_error(503, "trackmania_account_refused");
    assert_eq!(upstream.count(LOGINS).await, 2);
    // Another password is another beginning, and what the wrong one left does no harm.
    let right = upstream.settings(app.neighbour()).start().await;
    right.records("Hill0").await.assert_ok();
}
