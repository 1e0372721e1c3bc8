//! Mail servers that are spoken to in secret, by certificates of an authority that nobody knows but who is told.

use super::{delivered, newest, review};
use crate::harness::{Authority, Encryption, Player, SmtpServer, TestApp, eventually};

type Speak = fn(tokio_rustls::TlsAcceptor) -> Encryption;

const BOTH: [Speak; 2] = [Encryption::Implicit, Encryption::StartTls];

/// Trusting this authority, or none but the system's.
async fn server(url: String, trusted: Option<&Authority>) -> (TestApp, Player) {
    let mut builder = TestApp::builder()
        .setting("SMTP_URL", url)
        .setting("MAIL_FROM", "news@play.example");
    if let Some(authority) = trusted {
        builder = builder.setting("SMTP_CA_FILE", authority.file().display().to_string());
    }
    let app = builder.start().await;
    let admin = app.admin().await;
    (app, admin)
}

/// Waits until a first attempt has failed.
async fn failed_once(player: &Player) {
    eventually("it failed and will be tried again", async || {
        let delivery = newest(player).await["deliveries"][0].clone();
        (delivery["status"] == "pending" && delivery["attempts"] == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_a_trusted_authority_has_certified_gets_the_password_and_the_mail() {
    let authority = Authority::new();
    for speak in BOTH {
        let smtp = SmtpServer::start_with(speak(authority.acceptor_of("127.0.0.1"))).await;
        let (app, admin) = server(smtp.url(), Some(&authority)).await;
        app.notify(&admin, &review("review")).await;
        delivered(&admin, "email", "sent").await;
        assert_eq!(smtp.mails()[0].subject, "review");
        assert!(smtp.heard().contains(&"AUTH".to_owned()));
    }
}

#[tokio::test]
async fn a_server_that_is_not_known_to_be_the_right_one_gets_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    for speak in BOTH {
        for (trusted, host) in [
            (None, "127.0.0.1"),
            (Some(&other), "127.0.0.1"),
            (Some(&authority), "mail.example"),
        ] {
            let smtp = SmtpServer::start_with(speak(authority.acceptor_of(host))).await;
            let (app, admin) = server(smtp.url(), trusted).await;
            app.notify(&admin, &review("review")).await;
            failed_once(&admin).await;
            assert_eq!(smtp.connections(), 1);
            let heard = smtp.heard();
            assert!(
                heard
                    .iter()
                    .all(|word| word == "EHLO" || word == "STARTTLS"),
                "{heard:?}"
            );
        }
    }
}

/// As somebody in between makes of one that does.
#[tokio::test]
async fn a_server_that_does_not_offer_to_encrypt_gets_nothing() {
    let smtp = SmtpServer::start().await;
    let (app, admin) = server(smtp.url_as("starttls"), None).await;
    app.notify(&admin, &review("review")).await;
    failed_once(&admin).await;
    assert!(
        smtp.heard()
            .iter()
            .all(|word| word == "EHLO" || word == "QUIT")
    );
    assert_eq!(smtp.mails().len(), 0);
}
