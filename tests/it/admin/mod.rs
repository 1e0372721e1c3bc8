//! What administrators see and do.

mod alert_types;
mod audit;
mod bans;
mod config;
mod overview;
mod roles;
mod users;

use serde_json::json;

use crate::harness::{Issuer, Player, SigningKey, TestApp};

const AUDIENCE: &str = "https://api.example.org";

/// An issuer whose tokens a server accepts.
struct Elsewhere {
    issuer: Issuer,
    key: SigningKey,
}

impl Elsewhere {
    async fn start() -> (Self, TestApp) {
        let key = SigningKey::number(0, "a");
        let issuer = Issuer::like_auth0(&[key]).await;
        let app = TestApp::builder()
            .setting("OIDC_ISSUER", issuer.name.clone())
            .setting("OIDC_AUDIENCE", AUDIENCE)
            .start()
            .await;
        (Self { issuer, key }, app)
    }

    /// Somebody who signs in there, with a token that is good for a day.
    async fn user(&self, app: &TestApp, subject: &str) -> Player {
        let token = self.key.sign(&json!({
            "iss": self.issuer.name, "sub": subject, "aud": AUDIENCE,
            "iat": app.now() - 5, "exp": app.now() + 86_400,
        }));
        let me = app.get("/me").bearer(&token).await.assert_ok();
        Player {
            id: me["id"].as_str().unwrap().to_owned(),
            email: String::new(),
            token,
            refresh: String::new(),
            api: app.api().clone(),
        }
    }
}

/// Bans somebody, by an admin of whatever server.
async fn ban(admin: &Player, user: &Player, reason: &str) {
    admin
        .patch(&format!("/admin/users/{}", user.id))
        .json(&json!({ "banned": true, "reason": reason }))
        .await
        .assert_ok();
}

async fn unban(admin: &Player, user: &Player) {
    admin
        .patch(&format!("/admin/users/{}", user.id))
        .json(&json!({ "banned": false }))
        .await
        .assert_ok();
}
