//! Mails that became files, for want of a mail server.

use crate::harness::{TestApp, eventually, folder};

#[tokio::test]
async fn mails_older_than_thirty_days_are_removed() {
    let data = folder();
    let mails = data.path().join("mail");
    std::fs::create_dir(&mails).unwrap();
    let file = |days: i64| {
        let at = kernel::Clock::system().now() - jiff::SignedDuration::from_hours(24 * days);
        let id = uuid::Uuid::from_u128(1);
        mails.join(format!("{}-{id}.eml", at.strftime("%Y%m%dT%H%M%SZ")))
    };
    let (old, young, foreign) = (file(31), file(29), mails.join("kept.eml"));
    for path in [&old, &young, &foreign] {
        std::fs::write(path, "Subject: Hello\r\n\r\n").unwrap();
    }
    let _app = TestApp::builder()
        .setting("DATA_DIR", data.path().display().to_string())
        .start()
        .await;
    eventually("the old one is gone", async || {
        (!old.exists()).then_some(())
    })
    .await;
    assert!(young.exists() && foreign.exists());
}
