//! What mails say. Everything that users wrote is escaped in HTML; every link leads to us.

use askama::Template;

use crate::model::digest::Digest;
use crate::model::text;

/// A part of a mail that tells one thing.
pub struct Item {
    pub title: String,
    pub body: String,
    pub url: Option<String>,
}

impl Item {
    fn new(public_url: &str, title: &str, body: &str, link: Option<&str>) -> Self {
        Self {
            title: title.to_owned(),
            body: body.to_owned(),
            url: link
                .filter(|link| text::is_path(link))
                .map(|link| format!("{public_url}{link}")),
        }
    }
}

/// Where the links of mails lead.
#[derive(Clone, Debug)]
pub struct Site {
    /// Without a slash at its end.
    pub public_url: String,
}

impl Site {
    /// `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    pub fn unsubscribe(&self, token: &str) -> String {
        format!("{}/api/v1/unsubscribe/{token}", self.public_url)
    }

    fn preferences(&self) -> String {
        format!("{}/settings/notifications", self.public_url)
    }

    fn history(&self) -> String {
        format!("{}/notifications", self.public_url)
    }
}

/// Subject, text and HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

macro_rules! parts {
    ($html:ident $html_path:literal $text:ident $text_path:literal { $($field:ident: $type:ty,)* }) => {
        #[derive(Template)]
        #[template(path = $html_path)]
        struct $html<'a> {
            subject: &'a str,
            $($field: $type,)*
        }
        #[derive(Template)]
        #[template(path = $text_path)]
        struct $text<'a> {
            $($field: $type,)*
        }
    };
}

parts! { DigestHtml "digest.html" DigestText "digest.txt" {
    screen_name: &'a str,
    items: &'a [Item],
    more: usize,
    public_url: &'a str,
    history_url: &'a str,
    unsubscribe_url: &'a str,
    preferences_url: &'a str,
} }

parts! { NoticeHtml "notice.html" NoticeText "notice.txt" {
    item: &'a Item,
    public_url: &'a str,
    unsubscribe_url: &'a str,
    preferences_url: &'a str,
} }

parts! { AccountHtml "account.html" AccountText "account.txt" {
    screen_name: &'a str,
    sentence: &'a str,
    action: &'a str,
    url: &'a str,
    hours: &'a str,
    otherwise: &'a str,
    public_url: &'a str,
} }

/// The day's digest.
///
/// # Errors
/// Never in practice: templates are checked when they are compiled.
pub fn digest(
    site: &Site,
    screen_name: &str,
    digest: &Digest,
    unsubscribe_url: &str,
) -> Result<Rendered, askama::Error> {
    let public_url = &site.public_url;
    let items: Vec<Item> = digest
        .items
        .iter()
        .map(|item| Item::new(public_url, &item.title, &item.body, item.link.as_deref()))
        .collect();
    let (history_url, preferences_url) = (site.history(), site.preferences());
    let (subject, more) = (&digest.subject, digest.more);
    let html = DigestHtml {
        subject,
        screen_name,
        items: &items,
        more,
        public_url,
        history_url: &history_url,
        unsubscribe_url,
        preferences_url: &preferences_url,
    };
    let text = DigestText {
        screen_name,
        items: &items,
        more,
        public_url,
        history_url: &history_url,
        unsubscribe_url,
        preferences_url: &preferences_url,
    };
    Ok(Rendered {
        subject: subject.clone(),
        text: text.render()?,
        html: html.render()?,
    })
}

/// A mail about one event.
///
/// # Errors
/// As [`digest`].
pub fn notice(
    site: &Site,
    title: &str,
    body: &str,
    link: Option<&str>,
    unsubscribe_url: &str,
) -> Result<Rendered, askama::Error> {
    let public_url = &site.public_url;
    let item = &Item::new(public_url, title, body, link);
    let preferences_url = &site.preferences();
    let html = NoticeHtml {
        subject: title,
        item,
        public_url,
        unsubscribe_url,
        preferences_url,
    };
    let text = NoticeText {
        item,
        public_url,
        unsubscribe_url,
        preferences_url,
    };
    Ok(Rendered {
        subject: title.to_owned(),
        text: text.render()?,
        html: html.render()?,
    })
}

/// A mail about the account itself, with a link that works once.
#[derive(Clone, Copy, Debug)]
pub struct AccountLetter<'a> {
    pub screen_name: &'a str,
    pub subject: &'a str,
    pub sentence: &'a str,
    pub action: &'a str,
    pub url: &'a str,
    /// How long the link works, such as "24 hours".
    pub hours: &'a str,
    /// What to do for whoever didn't ask for it.
    pub otherwise: &'a str,
}

/// # Errors
/// As [`digest`].
pub fn account(site: &Site, letter: AccountLetter<'_>) -> Result<Rendered, askama::Error> {
    let AccountLetter {
        screen_name,
        subject,
        sentence,
        action,
        url,
        hours,
        otherwise,
    } = letter;
    let public_url = &site.public_url;
    let html = AccountHtml {
        subject,
        screen_name,
        sentence,
        action,
        url,
        hours,
        otherwise,
        public_url,
    };
    let text = AccountText {
        screen_name,
        sentence,
        action,
        url,
        hours,
        otherwise,
        public_url,
    };
    Ok(Rendered {
        subject: subject.to_owned(),
        text: text.render()?,
        html: html.render()?,
    })
}

/// The page behind the link by which one unsubscribes.
#[derive(Template)]
#[template(path = "unsubscribe.html")]
pub struct UnsubscribePage<'a> {
    pub title: &'a str,
    pub sentence: &'a str,
    pub button: Button<'a>,
}

pub struct Button<'a> {
    pub field: &'a str,
    pub value: &'a str,
    pub label: &'a str,
}
