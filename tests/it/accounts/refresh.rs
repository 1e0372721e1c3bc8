use futures_util::future::join_all;

use crate::harness::TestApp;

#[tokio::test]
async fn a_refresh_token_is_traded_for_the_next() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let mut refresh = ada.refresh.clone();
    for _ in 0..3 {
        app.advance(60);
        let answer = ada.refresh(&refresh).await.assert_ok();
        assert!(answer.get("user").is_none());
        assert_eq!(answer["tokenType"], "Bearer");
        assert_ne!(answer["refreshToken"], refresh.as_str());
        let me = app
            .get("/me")
            .bearer(answer["accessToken"].as_str().unwrap())
            .await
            .assert_ok();
        assert_eq!(me["id"], ada.id.as_str());
        refresh = answer["refreshToken"].as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn a_token_that_comes_twice_ends_its_whole_family() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let other_device = app.login(&ada.email, crate::harness::PASSWORD).await;
    let second = ada.refresh(&ada.refresh).await.assert_ok();
    let third = ada
        .refresh(second["refreshToken"].as_str().unwrap())
        .await
        .assert_ok();
    ada.refresh(&ada.refresh)
        .await
        .assert_error(401, "refresh_token_reused");
    ada.refresh(third["refreshToken"].as_str().unwrap())
        .await
        .assert_error(401, "refresh_token_reused");
    // Another device is another family.
    other_device
        .refresh(&other_device.refresh)
        .await
        .assert_ok();
}

#[tokio::test]
async fn of_many_refreshes_with_one_token_at_once_one_wins() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let answers = join_all((0..20).map(|_| ada.refresh(&ada.refresh))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.assert_error(401, "refresh_token_reused");
    }
}

#[tokio::test]
async fn a_token_expires_after_a_week_without_use() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    app.advance(6 * 86_400);
    let answer = ada.refresh(&ada.refresh).await.assert_ok();
    let refresh = answer["refreshToken"].as_str().unwrap();
    app.advance(6 * 86_400);
    let answer = ada.refresh(refresh).await.assert_ok();
    let refresh = answer["refreshToken"].as_str().unwrap();
    app.advance(7 * 86_400 + 1);
    ada.refresh(refresh)
        .await
        .assert_error(401, "refresh_token_expired");
}

#[tokio::test]
async fn what_is_not_our_token_is_refused() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let (cut, padded) = (
        &ada.refresh[..ada.refresh.len() - 1],
        format!("{}=", ada.refresh),
    );
    let flipped = ada.refresh.replace(
        &ada.refresh[10..11],
        if &ada.refresh[10..11] == "A" {
            "B"
        } else {
            "A"
        },
    );
    let long = "x".repeat(60_000);
    for token in [
        "", "grt_", "nonsense", cut, &padded, &flipped, &ada.token, &long, "grt_\0",
    ] {
        ada.refresh(token)
            .await
            .assert_error(401, "invalid_refresh_token");
    }
    ada.refresh(&ada.refresh).await.assert_ok();
}
