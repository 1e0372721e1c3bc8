use serde_json::json;

use crate::harness::{ForgedToken, TestApp, sign};

#[tokio::test]
async fn what_is_malformed_is_400_before_anything_else() {
    let app = TestApp::start().await;
    let secret = app.action_token_secret();
    let ada = app.register("Ada").await;
    let good = ForgedToken::good(&ada, app.now());
    let text = good.sign(secret);
    let (content, signature) = text.split_once(':').unwrap();
    let with = |change: fn(&mut ForgedToken)| {
        let mut token = good.clone();
        change(&mut token);
        token.sign(secret)
    };
    let other_shapes = [
        String::new(),
        ":".to_owned(),
        content.to_owned(),
        format!("{content}:"),
        format!(":{signature}"),
        // Cut, padded, with extra colons.
        text[1..].to_owned(),
        text[..text.len() - 1].to_owned(),
        text[..text.len() - 2].to_owned(),
        format!("{content}=:{signature}"),
        format!("{content}==:{signature}"),
        format!("{text}="),
        format!("{text}:"),
        format!("{text}:{signature}"),
        format!("{content}::{signature}"),
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}00"),
        format!("{content}:{}", signature.to_uppercase()),
        format!("{}+/:{signature}", &content[2..]),
        "A".repeat(50_000),
    ];
    let other_contents = [
        sign("", secret),
        sign("chess/x", secret),
        sign(&format!("chess/x:{}:100", ada.id), secret),
        sign(&format!("chess/x:{}:100:9999999999:9", ada.id), secret),
        sign(&format!("chess/x:{}:100:9999999999:", ada.id), secret),
        with(|token| token.max_score = "ten".to_owned()),
        with(|token| token.max_score = "-1".to_owned()),
        with(|token| token.max_score = "+1".to_owned()),
        with(|token| token.max_score = "1.5".to_owned()),
        with(|token| token.max_score = "007".to_owned()),
        with(|token| token.max_score = String::new()),
        with(|token| token.max_score = "99999999999999999999".to_owned()),
        with(|token| token.expires_at = "soon".to_owned()),
        with(|token| token.expires_at = "1e10".to_owned()),
        with(|token| token.expires_at = "-1".to_owned()),
        with(|token| token.user = "nobody".to_owned()),
        with(|token| token.user.push('0')),
        with(|token| token.action = "chess".to_owned()),
        with(|token| token.action = "che ss/x".to_owned()),
        with(|token| token.action = "chess/x/y".to_owned()),
    ];
    for text in other_shapes.iter().chain(&other_contents) {
        ada.submit_text(text, &json!(1))
            .await
            .assert_error(400, "action_token_malformed");
    }
    ada.submit_text(&text, &json!(1)).await.assert_ok();
}

#[tokio::test]
async fn another_secret_or_a_changed_content_is_401() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let good = ForgedToken::good(&ada, app.now());
    let foreign = good.sign("another secret of more than 32 characters");
    ada.submit_text(&foreign, &json!(1))
        .await
        .assert_error(401, "action_token_invalid");
    let text = good.sign(app.action_token_secret());
    let signature = text.split_once(':').unwrap().1;
    let mut greedy = good.clone();
    greedy.max_score = "1000000".to_owned();
    let content = greedy.sign("").split_once(':').unwrap().0.to_owned();
    ada.submit_text(&format!("{content}:{signature}"), &json!(1000))
        .await
        .assert_error(401, "action_token_invalid");
    let flipped = if signature.starts_with('0') { '1' } else { '0' };
    let text = format!(
        "{}:{flipped}{}",
        text.split_once(':').unwrap().0,
        &signature[1..]
    );
    ada.submit_text(&text, &json!(1))
        .await
        .assert_error(401, "action_token_invalid");
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let (early, late) = (
        service.vouch(&ada, "chess", 9).await,
        service.vouch(&ada, "chess", 9).await,
    );
    app.advance(299);
    ada.submit(&early, 9).await.assert_ok();
    app.advance(1);
    ada.submit(&late, 9)
        .await
        .assert_error(401, "action_token_expired");
    let mut old = ForgedToken::good(&ada, app.now());
    old.expires_at = "0".to_owned();
    ada.submit_text(&old.sign(app.action_token_secret()), &json!(1))
        .await
        .assert_error(401, "action_token_expired");
}

#[tokio::test]
async fn a_token_is_good_for_its_player_up_to_its_maximum() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let token = service.vouch(&ada, "chess", 100).await;
    eve.submit(&token, 100)
        .await
        .assert_error(403, "action_token_wrong_user");
    ada.submit(&token, 101)
        .await
        .assert_error(422, "score_exceeds_max");
    ada.submit(&token, 100).await.assert_ok();
    app.board("chess")
        .entry(&eve)
        .await
        .assert_error(404, "not_ranked");
}

#[tokio::test]
async fn the_checks_come_in_the_order_of_the_contract() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.register("Ada").await, app.register("Eve").await);
    let secret = app.action_token_secret();
    // Wrong in every later way too.
    let mut token = ForgedToken::good(&ada, app.now());
    token.max_score = "0".to_owned();
    token.expires_at = "1".to_owned();
    eve.submit_text(&format!("{}0", token.sign("x")), &json!(9))
        .await
        .assert_error(400, "action_token_malformed");
    eve.submit_text(&token.sign("another secret"), &json!(9))
        .await
        .assert_error(401, "action_token_invalid");
    eve.submit_text(&token.sign(secret), &json!(9))
        .await
        .assert_error(401, "action_token_expired");
    token.expires_at = (app.now() + 60).to_string();
    eve.submit_text(&token.sign(secret), &json!(9))
        .await
        .assert_error(403, "action_token_wrong_user");
    ada.submit_text(&token.sign(secret), &json!(9))
        .await
        .assert_error(422, "score_exceeds_max");
    ada.submit_text(&token.sign(secret), &json!(0))
        .await
        .assert_ok();
}

#[tokio::test]
async fn a_score_needs_somebody_who_is_signed_in() {
    let app = TestApp::start().await;
    let service = app.game_service(&[]).await;
    let ada = app.register("Ada").await;
    let token = service.vouch(&ada, "chess", 100).await;
    let body = json!({ "actionToken": token.text, "scoreDelta": 1 });
    app.post("/scores")
        .json(&body)
        .await
        .assert_error(401, "unauthenticated");
    app.post("/scores")
        .key(&service.key)
        .json(&body)
        .await
        .assert_error(401, "unauthenticated");
}
