use kernel::{Moment, UserId};
use serde_json::{Map, Value, json};

use crate::Error;
use crate::shared::Shared;
use crate::store::{account_tokens, audit, external_logins, identities, seen, sessions, users};

/// As many as there can be.
const ALL: i64 = i64::MAX;

/// Everything that the server holds about a user, a section for each feature, read as that user.
pub async fn export(shared: &Shared, user: UserId) -> Result<Value, Error> {
    let now = shared.clock.now();
    let mut tx = shared.db.begin_as(user.uuid()).await?;
    let account = users::by_id(&mut *tx, user)
        .await?
        .ok_or(Error::AccountGone)?;
    let mut document = Map::new();
    document.insert("exportedAt".to_owned(), json!(Moment(now)));
    document.insert(
        "account".to_owned(),
        json!({
            "id": account.id, "email": account.email, "emailConfirmed": account.email_confirmed, "screenName": account.screen_name,
            "avatar": account.avatar, "role": account.role, "timeZone": account.time_zone,
            "alertType": account.alert_type, "createdAt": Moment(account.created_at),
            "lastSeenAt": seen::last(&mut *tx, user).await?.map(Moment),
        }),
    );
    let sessions = sessions::list(&mut *tx, user, None, now, ALL).await?;
    let sessions = sessions.iter().map(|session| {
        json!({
            "id": session.id, "userAgent": session.user_agent, "createdAt": Moment(session.created_at),
            "lastUsedAt": Moment(session.last_used_at), "expiresAt": Moment(session.expires_at),
        })
    });
    document.insert("sessions".to_owned(), sessions.collect());
    let links = identities::list(&mut *tx, user, None, ALL).await?;
    let links = links.iter().map(|link| {
        json!({
            "provider": link.provider, "externalId": link.external_id, "username": link.username,
            "verified": link.verified,
        })
    });
    document.insert("links".to_owned(), links.collect());
    let logins = external_logins::of_user(&mut *tx, user).await?;
    let logins = logins
        .iter()
        .map(|login| json!({ "issuer": login.issuer, "subject": login.subject }));
    document.insert("externalLogins".to_owned(), logins.collect());
    let tokens = account_tokens::of_user(&mut *tx, user).await?;
    let tokens = tokens.iter().map(
        |(purpose, expires_at)| json!({ "purpose": purpose, "expiresAt": Moment(*expires_at) }),
    );
    document.insert("mailedLinks".to_owned(), tokens.collect());
    let acts = audit::of_actor(&mut *tx, user).await?;
    let acts = acts.iter().map(|act| {
        json!({ "at": Moment(act.at), "action": act.action, "subject": act.subject, "data": act.data })
    });
    document.insert("audit".to_owned(), acts.collect());
    for data in shared.user_data() {
        document.insert(data.section().to_owned(), data.export(&mut tx, user).await?);
    }
    tx.commit().await?;
    Ok(Value::Object(document))
}
