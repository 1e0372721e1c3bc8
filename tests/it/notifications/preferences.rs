use serde_json::json;

use crate::harness::TestApp;

const PATH: &str = "/notifications/preferences";

#[tokio::test]
async fn preferences_begin_with_defaults_and_are_replaced_whole() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let seen = ada.get(PATH).await.assert_ok();
    assert_eq!(
        seen["grid"]["review_ready"],
        json!({ "inApp": "immediate", "email": "immediate", "discord": "off", "webhook": "immediate" })
    );
    assert_eq!(seen["grid"]["map_record"]["email"], "digest");
    assert_eq!(seen["digest"], json!({ "enabled": true, "hour": null }));
    assert_eq!(
        seen["channels"],
        json!({ "email": "unconfirmed", "discord": "not_offered", "webhook": "not_set" })
    );
    let body = json!({
        "grid": { "map_record": { "email": "off", "discord": "immediate" } },
        "digest": { "enabled": true, "hour": 6 },
        "timeZone": "Europe/Berlin",
        "quietHours": { "from": "22:00", "until": "07:30" },
    });
    for seen in [ada.put(PATH).json(&body).await, ada.get(PATH).await] {
        let seen = seen.assert_ok();
        assert_eq!(seen["grid"]["map_record"]["email"], "off");
        assert_eq!(seen["digest"]["hour"], 6);
        assert_eq!(seen["timeZone"], "Europe/Berlin");
        assert_eq!(seen["quietHours"], body["quietHours"]);
    }
    let seen = ada.put(PATH).json(&json!({})).await.assert_ok();
    assert_eq!(seen["grid"]["map_record"]["email"], "digest");
    assert_eq!(seen["quietHours"], json!(null));
}

#[tokio::test]
async fn what_breaks_a_rule_is_told_field_by_field() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    for (body, field) in [
        (json!({ "grid": { "made_up": {} } }), "grid.made_up"),
        (
            json!({ "grid": { "map_record": { "discord": "digest" } } }),
            "grid.map_record.discord",
        ),
        (json!({ "digest": { "hour": 24 } }), "digest.hour"),
        (json!({ "timeZone": "Mars/Olympus" }), "timeZone"),
        (
            json!({ "quietHours": { "from": "9pm", "until": "07:00" } }),
            "quietHours.from",
        ),
        (
            json!({ "quietHours": { "from": "07:00", "until": "07:00" } }),
            "quietHours",
        ),
        (
            json!({ "webhook": { "url": "http://example.org/" } }),
            "webhook.url",
        ),
        (
            json!({ "webhook": { "url": "https://127.0.0.1/" } }),
            "webhook.url",
        ),
        (
            json!({ "webhook": { "url": "https://[::ffff:10.0.0.1]/" } }),
            "webhook.url",
        ),
        (json!({ "webhook": { "url": "nonsense" } }), "webhook.url"),
    ] {
        ada.put(PATH).json(&body).await.assert_invalid(field);
    }
}

#[tokio::test]
async fn a_webhook_has_a_secret_that_is_shown_once() {
    let app = TestApp::start().await;
    let ada = app.register("Ada").await;
    let body = json!({ "webhook": { "url": "https://example.org/hook" } });
    let first = ada.put(PATH).json(&body).await.assert_ok();
    let secret = first["webhook"]["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    assert_eq!(first["channels"]["webhook"], "ready");
    let again = ada.put(PATH).json(&body).await.assert_ok();
    assert_eq!(
        again["webhook"],
        json!({ "url": "https://example.org/hook", "disabledBecause": null })
    );
    assert!(
        !ada.get("/me/export")
            .await
            .assert_ok()
            .to_string()
            .contains(&secret)
    );
    let other = json!({ "webhook": { "url": "https://example.org/other" } });
    let other = ada.put(PATH).json(&other).await.assert_ok();
    assert_ne!(other["webhook"]["secret"], secret.as_str());
    let none = ada.put(PATH).json(&json!({})).await.assert_ok();
    assert_eq!(none["webhook"], json!(null));
}
