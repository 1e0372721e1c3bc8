//! Administrators look users up, choose who is admin, and ban.

use kernel::{Cursor, Page, PageLimit, UserId};
use serde_json::json;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::model::alert_type::AlertType;
use crate::model::email::Email;
use crate::model::user::{BanChange, Role, UserChange};
use crate::shared::Shared;
use crate::store::directory::ListedUser;
use crate::store::{bans, directory, sessions, users};
use crate::{Error, audit};

const NEWEST: &str = "users";

/// By id, by e-mail, or by how the screen name begins, whichever `query` looks like; without one all, newest first.
pub async fn list(
    shared: &Shared,
    query: Option<&str>,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ListedUser>, Error> {
    let pool = shared.db.pool();
    let query = query.map(str::trim).filter(|query| !query.is_empty());
    let Some(query) = query else {
        return newest(shared, limit, cursor).await;
    };
    let only = match (query.parse::<UserId>(), Email::parse(query)) {
        (Ok(id), _) => directory::by_id(pool, id).await?,
        (_, Ok(email)) => directory::by_email(pool, &email).await?,
        _ => return by_prefix(shared, query, limit, cursor).await,
    };
    Ok(Page {
        items: only.into_iter().collect(),
        next: None,
    })
}

async fn newest(
    shared: &Shared,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ListedUser>, Error> {
    let before = cursor
        .map(|cursor| Cursor::read::<Uuid>(cursor, NEWEST))
        .transpose()?;
    let found = directory::newest(shared.db.pool(), before, one_more(limit)).await?;
    Ok(Page::from_overfetched(found, limit, |last| {
        Cursor::new(NEWEST, &last.id.uuid())
    }))
}

async fn by_prefix(
    shared: &Shared,
    prefix: &str,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ListedUser>, Error> {
    // As screen names are kept.
    let prefix: String = prefix.nfc().collect();
    if prefix.contains(char::is_control) {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    }
    let list = format!("users:{prefix}");
    let after = cursor
        .map(|cursor| Cursor::read::<(String, Uuid)>(cursor, &list))
        .transpose()?;
    let found =
        directory::by_prefix(shared.db.pool(), &prefix, after.as_ref(), one_more(limit)).await?;
    Ok(Page::from_overfetched(found, limit, |last| {
        Cursor::new(&list, &(&last.name_key, last.id.uuid()))
    }))
}

fn one_more(limit: PageLimit) -> i64 {
    limit.get() as i64 + 1
}

pub async fn change(
    shared: &Shared,
    admin: UserId,
    user: UserId,
    change: &UserChange,
) -> Result<ListedUser, Error> {
    let mut tx = shared.db.begin().await?;
    // One at a time, or two admins who demote each other at the same moment would leave none.
    users::lock_admins(&mut *tx).await?;
    if !users::lock(&mut *tx, user).await? {
        return Err(Error::UserNotFound);
    }
    let before = found(directory::by_id(&mut *tx, user).await?)?;
    if let Some(role) = change.role {
        change_role(shared, &mut tx, admin, &before, role).await?;
    }
    if let Some(alert_type) = change.alert_type {
        change_alert_type(shared, &mut tx, admin, &before, alert_type).await?;
    }
    if let Some(ban) = &change.ban {
        change_ban(shared, &mut tx, admin, &before, ban).await?;
    }
    let after = found(directory::by_id(&mut *tx, user).await?)?;
    if before.is_acting_admin() && !after.is_acting_admin() && !users::any_admin(&mut *tx).await? {
        return Err(Error::LastAdmin);
    }
    tx.commit().await?;
    if before.ban != after.ban {
        if let Err(error) = shared.bans.read(shared.db.pool(), user).await {
            // Our own word of it is heard too, and tries until it succeeds.
            tracing::warn!(%error, "a changed ban could not be read yet");
        }
        if after.ban.is_some() {
            shared.signed_out(user, None);
        }
    }
    Ok(after)
}

fn found(user: Option<ListedUser>) -> Result<ListedUser, Error> {
    user.ok_or(Error::UserNotFound)
}

async fn change_role(
    shared: &Shared,
    tx: &mut db::Transaction,
    admin: UserId,
    before: &ListedUser,
    role: Role,
) -> Result<(), Error> {
    if role == before.role {
        return Ok(());
    }
    if role == Role::Admin && before.unclaimed {
        return Err(Error::Unclaimed);
    }
    users::set_role(&mut **tx, before.id, role).await?;
    let data = json!({ "from": before.role, "to": role });
    note(shared, tx, admin, "user.role_changed", before.id, data).await
}

async fn change_alert_type(
    shared: &Shared,
    tx: &mut db::Transaction,
    admin: UserId,
    before: &ListedUser,
    alert_type: AlertType,
) -> Result<(), Error> {
    if alert_type == before.alert_type {
        return Ok(());
    }
    users::set_alert_type(&mut **tx, before.id, alert_type).await?;
    let data = json!({ "from": before.alert_type, "to": alert_type });
    note(
        shared,
        tx,
        admin,
        "user.alert_type_changed",
        before.id,
        data,
    )
    .await
}

async fn change_ban(
    shared: &Shared,
    tx: &mut db::Transaction,
    admin: UserId,
    before: &ListedUser,
    change: &BanChange,
) -> Result<(), Error> {
    let user = before.id;
    let reason_before = before.ban.as_ref().map(|(_, reason)| reason.as_str());
    match change {
        BanChange::Impose(reason) if reason_before != Some(reason.as_str()) => {
            let now = shared.clock.now();
            bans::impose(&mut **tx, user, reason, now).await?;
            sessions::revoke_all(&mut **tx, user, now).await?;
            let data = json!({ "reason": reason.as_str() });
            note(shared, tx, admin, "user.banned", user, data).await?;
            shared.tell_signed_out(tx, user, None).await?;
        }
        BanChange::Lift if before.ban.is_some() => {
            bans::lift(&mut **tx, user).await?;
            let data = json!({ "reason": reason_before });
            note(shared, tx, admin, "user.unbanned", user, data).await?;
        }
        _ => return Ok(()),
    }
    shared.tell_ban_changed(tx, user).await
}

async fn note(
    shared: &Shared,
    tx: &mut db::Transaction,
    admin: UserId,
    action: &str,
    user: UserId,
    data: serde_json::Value,
) -> Result<(), Error> {
    let (now, subject) = (shared.clock.now(), user.to_string());
    Ok(audit::record(tx, now, Some(admin), action, &subject, data).await?)
}
