use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{delivered, newest, review, told_of_closing};
use crate::harness::{Player, TestApp, eventually};

/// A server whose users' webhooks may lead to this machine, and one such user with her secret.
async fn world(url: &str, networks: &str) -> (TestApp, Player, String) {
    let app = TestApp::builder()
        .setting("WEBHOOK_NETWORKS", networks)
        .start()
        .await;
    let ada = app.register("Ada").await;
    let body = json!({ "webhook": { "url": url } });
    let seen = ada
        .put("/notifications/preferences")
        .json(&body)
        .await
        .assert_ok();
    let secret = seen["webhook"]["secret"].as_str().unwrap().to_owned();
    (app, ada, secret)
}

async fn receiver(answer: ResponseTemplate) -> MockServer {
    let receiver = MockServer::start().await;
    Mock::given(any())
        .respond_with(answer)
        .mount(&receiver)
        .await;
    receiver
}

#[tokio::test]
async fn a_webhook_is_signed_as_the_standard_has_it() {
    let receiver = receiver(ResponseTemplate::new(204)).await;
    let (app, ada, secret) = world(&receiver.uri(), "127.0.0.0/8").await;
    app.notify(&ada, &review("review")).await;
    delivered(&ada, "webhook", "sent").await;
    let [call] = &receiver.received_requests().await.unwrap()[..] else {
        panic!("not one call")
    };
    let header = |name: &str| call.headers.get(name).unwrap().to_str().unwrap();
    let body: Value = call.body_json().unwrap();
    assert_eq!(body["type"], "review_ready");
    assert_eq!(body["data"]["id"], newest(&ada).await["id"]);
    assert_eq!(header("webhook-id"), body["data"]["id"].as_str().unwrap());
    assert_eq!(header("webhook-timestamp"), app.now().to_string());
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = [
        header("webhook-id").as_bytes(),
        header("webhook-timestamp").as_bytes(),
        &call.body,
    ]
    .join(&b'.');
    let signature = STANDARD.encode(hmac::sign(&key, &signed));
    assert_eq!(header("webhook-signature"), format!("v1,{signature}"));
    assert!(header("user-agent").starts_with("Grandstand/"));
}

#[tokio::test]
async fn what_fails_is_sent_again_under_the_same_id() {
    let receiver = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(500))
        .up_to_n_times(1)
        .mount(&receiver)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&receiver)
        .await;
    let (app, ada, _) = world(&receiver.uri(), "127.0.0.0/8").await;
    app.notify(&ada, &review("review")).await;
    eventually("the first attempt failed", async || {
        let first = newest(&ada).await["deliveries"][0].clone();
        (first["status"] == "pending" && first["attempts"] == 1).then_some(())
    })
    .await;
    app.advance(60);
    delivered(&ada, "webhook", "sent").await;
    let calls = receiver.received_requests().await.unwrap();
    assert_eq!(calls.len(), 2);
    assert_eq!(
        calls[0].headers.get("webhook-id"),
        calls[1].headers.get("webhook-id")
    );
    assert_ne!(
        calls[0].headers.get("webhook-timestamp"),
        calls[1].headers.get("webhook-timestamp")
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let receiver = MockServer::start().await;
    let home = format!("{}/secret", receiver.uri());
    Mock::given(path("/secret"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&receiver)
        .await;
    Mock::given(path("/hook"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", home.as_str()))
        .mount(&receiver)
        .await;
    let (app, ada, _) = world(&format!("{}/hook", receiver.uri()), "127.0.0.0/8").await;
    app.notify(&ada, &review("review")).await;
    let failed = delivered(&ada, "webhook", "failed").await;
    assert!(
        failed["reason"].as_str().unwrap().contains("redirect"),
        "{failed}"
    );
}

#[tokio::test]
async fn a_name_that_leads_home_is_found_out_when_it_is_called() {
    let receiver = receiver(ResponseTemplate::new(200)).await;
    let url = format!("https://localhost:{}/", receiver.address().port());
    let (app, ada, _) = world(&url, "").await;
    app.notify(&ada, &review("review")).await;
    let failed = delivered(&ada, "webhook", "failed").await;
    assert!(
        failed["reason"]
            .as_str()
            .unwrap()
            .contains("public internet"),
        "{failed}"
    );
    assert!(receiver.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_that_says_that_it_is_gone_is_called_no_more() {
    let receiver = receiver(ResponseTemplate::new(410)).await;
    let (app, ada, _) = world(&receiver.uri(), "127.0.0.0/8").await;
    app.notify(&ada, &review("review")).await;
    told_of_closing(&ada).await;
    let seen = ada.get("/notifications/preferences").await.assert_ok();
    assert_eq!(seen["channels"]["webhook"], "disabled");
    app.advance(1);
    app.notify(&ada, &review("another")).await;
    assert_eq!(newest(&ada).await["deliveries"], json!([]));
    assert_eq!(receiver.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_that_is_too_slow_is_left_and_called_again_later() {
    let receiver = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(any())
        .respond_with(slow)
        .up_to_n_times(1)
        .mount(&receiver)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&receiver)
        .await;
    let app = TestApp::builder()
        .setting("WEBHOOK_NETWORKS", "127.0.0.0/8")
        .setting("WEBHOOK_TIMEOUT", "100ms")
        .start()
        .await;
    let ada = app.register("Ada").await;
    let body = json!({ "webhook": { "url": receiver.uri() } });
    ada.put("/notifications/preferences")
        .json(&body)
        .await
        .assert_ok();
    app.notify(&ada, &review("review")).await;
    eventually("the first attempt failed", async || {
        let first = newest(&ada).await["deliveries"][0].clone();
        (first["status"] == "pending" && first["attempts"] == 1).then_some(())
    })
    .await;
    app.advance(60);
    assert_eq!(delivered(&ada, "webhook", "sent").await["attempts"], 2);
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (app, ada, _) = world(&url, "127.0.0.0/8").await;
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n";
        let mut sent = socket.write_all(head).await;
        while sent.is_ok() {
            sent = socket.write_all(&[b'x'; 4096]).await;
        }
    });
    app.notify(&ada, &review("review")).await;
    assert_eq!(delivered(&ada, "webhook", "sent").await["attempts"], 1);
}

/// Its receiver can tell by the id.
#[tokio::test]
async fn what_another_server_had_begun_to_send_is_sent_again() {
    let receiver = receiver(ResponseTemplate::new(503)).await;
    let (app, ada, _) = world(&receiver.uri(), "127.0.0.0/8").await;
    app.notify(&ada, &review("review")).await;
    eventually("the first attempt failed", async || {
        let first = newest(&ada).await["deliveries"][0].clone();
        (first["status"] == "pending" && first["attempts"] == 1).then_some(())
    })
    .await;
    app.database
        .execute("update deliveries set status = 'sending'")
        .await;
    receiver.reset().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&receiver)
        .await;
    app.advance(60);
    delivered(&ada, "webhook", "sent").await;
}
