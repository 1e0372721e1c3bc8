//! What a delivery has to say, by what its user wants at the moment it is sent.

use ::jobs::JobError;
use accounts::contacts::{self, Contact};
use kernel::rfc3339_milliseconds;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::actions::digest::{compose, unsubscribe_url};
use crate::mail::{self, Mail, render};
use crate::model::channel::{Channel, When};
use crate::model::event::{EventKind, Importance};
use crate::model::preferences::Preferences;
use crate::model::signature::SigningSecret;
use crate::model::unsubscribe::List;
use crate::model::{discord, plan};
use crate::store::deliveries::{self, Content, Open, Subject};
use crate::{Notifications, store};

pub enum Message {
    /// With the address as addresses are matched.
    Mail(Mail, String),
    Discord {
        user: String,
        channel: Option<String>,
        message: Value,
    },
    Webhook {
        url: String,
        secret: Box<SigningSecret>,
        id: String,
        body: Vec<u8>,
    },
    /// Nobody wants it any more, and why.
    Nothing(&'static str),
}

const OFF: Message = Message::Nothing("You have turned this off since.");

pub async fn prepare(
    feature: &Notifications,
    tx: &mut PgConnection,
    delivery: Uuid,
    open: &Open,
) -> Result<Message, JobError> {
    let Some(contact) = contacts::of(tx, open.user).await? else {
        return Ok(Message::Nothing("The account is gone."));
    };
    let wanted = store::preferences::get(&mut *tx, open.user).await?;
    if !plan::is_open(open.channel, &contact, &wanted, feature.means()) {
        return Ok(Message::Nothing(
            "This channel does not lead to you any more.",
        ));
    }
    let content = match open.subject {
        Subject::Digest(digest) => {
            return digest_mail(feature, tx, delivery, digest, &contact, &wanted).await;
        }
        Subject::Notification(id) => deliveries::content(&mut *tx, id).await?,
    };
    let Some(content) = content else {
        return Ok(Message::Nothing("The notification is gone."));
    };
    let Some(kind) = EventKind::find(&content.event) else {
        return Ok(OFF);
    };
    if wanted.grid.get(kind, open.channel) == When::Off {
        return Ok(OFF);
    }
    match open.channel {
        Channel::Email => notice_mail(feature, tx, delivery, kind, &content, &contact).await,
        Channel::Discord => Ok(direct_message(
            feature, delivery, &content, &contact, wanted,
        )),
        Channel::Webhook => Ok(webhook(feature, &content, wanted)),
        Channel::InApp => Ok(OFF),
    }
}

async fn digest_mail(
    feature: &Notifications,
    tx: &mut PgConnection,
    delivery: Uuid,
    digest: Uuid,
    contact: &Contact,
    wanted: &Preferences,
) -> Result<Message, JobError> {
    let rendered = compose(feature, tx, digest, contact, wanted)
        .await
        .map_err(JobError::retry)?;
    let Some(rendered) = rendered else {
        return Ok(Message::Nothing("There was nothing left to tell."));
    };
    let list = mail::List {
        name: "Daily digest",
        unsubscribe_url: unsubscribe_url(feature, contact.user, List::Digest),
    };
    addressed(tx, delivery, contact, rendered, list).await
}

async fn notice_mail(
    feature: &Notifications,
    tx: &mut PgConnection,
    delivery: Uuid,
    kind: &'static EventKind,
    content: &Content,
    contact: &Contact,
) -> Result<Message, JobError> {
    let unsubscribe_url = unsubscribe_url(feature, contact.user, List::Event(kind));
    let rendered = render::notice(
        &feature.site,
        &content.title,
        &content.body,
        content.link.as_deref(),
        &unsubscribe_url,
    )
    .map_err(JobError::retry)?;
    let list = mail::List {
        name: "Notices",
        unsubscribe_url,
    };
    addressed(tx, delivery, contact, rendered, list).await
}

async fn addressed(
    tx: &mut PgConnection,
    delivery: Uuid,
    contact: &Contact,
    rendered: render::Rendered,
    list: mail::List,
) -> Result<Message, JobError> {
    let Some((to, key)) = contact.email.clone().zip(contact.email_key.clone()) else {
        return Ok(Message::Nothing("There is no address."));
    };
    if store::suppressions::contains(tx, &key).await? {
        return Ok(Message::Nothing(
            "Mail to your address bounced; turn it on again once your mailbox takes mail.",
        ));
    }
    let mail = Mail {
        id: delivery,
        to,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        list: Some(list),
    };
    Ok(Message::Mail(mail, key))
}

fn direct_message(
    feature: &Notifications,
    delivery: Uuid,
    content: &Content,
    contact: &Contact,
    wanted: Preferences,
) -> Message {
    let Some(account) = &contact.discord else {
        return Message::Nothing("No Discord account is linked any more.");
    };
    let opened = wanted.discord.opened;
    let url = content.link.as_ref().map(|link| feature.site.link(link));
    Message::Discord {
        user: account.id.clone(),
        // Of another account, it is another's.
        channel: opened.and_then(|(user, channel)| (user == account.id).then_some(channel)),
        message: discord::message(delivery, &content.title, &content.body, url.as_deref()),
    }
}

fn webhook(feature: &Notifications, content: &Content, wanted: Preferences) -> Message {
    let target = wanted
        .webhook
        .and_then(|webhook| SigningSecret::parse(webhook.secret.expose()).zip(Some(webhook.url)));
    let Some((secret, url)) = target else {
        return Message::Nothing("No webhook is set any more.");
    };
    let body = json!({
        "type": content.event,
        "timestamp": rfc3339_milliseconds(content.created_at),
        "data": {
            "id": content.id,
            "title": content.title,
            "body": content.body,
            "url": content.link.as_ref().map(|link| feature.site.link(link)),
            "importance": Importance::as_str(content.importance),
        },
    });
    Message::Webhook {
        url,
        secret: Box::new(secret),
        id: content.id.to_string(),
        body: body.to_string().into_bytes(),
    }
}
