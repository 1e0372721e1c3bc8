//! A direct message as Discord takes it, and what its answers mean to us.
//! <https://discord.com/developers/docs/resources/message>

use serde_json::{Value, json};
use uuid::Uuid;

use super::text::cut;

/// Of an embed, with a margin for letters that Discord counts otherwise; all of one message may have 6000.
const TITLE: usize = 250;
const DESCRIPTION: usize = 2000;

/// The message that tells an event. Names of others may be in it: they ping nobody, and are no markup.
pub fn message(delivery: Uuid, title: &str, body: &str, url: Option<&str>) -> Value {
    let mut embed = json!({ "title": cut(&plain(title), TITLE) });
    if !body.trim().is_empty() {
        embed["description"] = cut(&plain(body), DESCRIPTION).into();
    }
    if let Some(url) = url {
        embed["url"] = url.into();
    }
    json!({
        "embeds": [embed],
        "allowed_mentions": { "parse": [] },
        // Sent again within minutes, it is the message that is there already.
        "nonce": nonce(delivery),
        "enforce_nonce": true,
    })
}

/// At most 25 characters.
fn nonce(delivery: Uuid) -> String {
    hex::encode(&delivery.as_bytes()[4..])
}

/// What Discord would take for markup is escaped.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\*_~`|>[]()#<@".contains(letter) {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

/// What to make of a refusal, by the code in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account takes no messages from us, until its owner changes that.
    Closed,
    /// The channel that we remembered is gone; another may be opened.
    NoChannel,
    /// There is no such account, or it may not be written to: this message is given up.
    GiveUp,
    /// The token is no longer good: nobody is to be written to with it.
    BadToken,
    Later,
}

impl Refusal {
    pub fn of(status: u16, code: i64) -> Self {
        match (status, code) {
            // By status where the code is unknown, since answers of this kind are counted against us.
            (_, 50007 | 50278) => Self::Closed,
            (401, _) | (_, 40001 | 40002 | 50014) => Self::BadToken,
            (_, 10003) => Self::NoChannel,
            (_, 20028 | 40003) | (408 | 429 | 500.., _) => Self::Later,
            _ => Self::GiveUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_the_limits_and_ping_nobody() {
        let id = Uuid::from_u128(7);
        let long = "😀".repeat(9_000);
        let message = message(id, &long, &long, Some("https://play.example/x"));
        let embed = &message["embeds"][0];
        let length = |text: &Value| text.as_str().unwrap().encode_utf16().count();
        assert!(length(&embed["title"]) <= 2 * TITLE && length(&embed["description"]) <= 4096);
        assert!(length(&embed["title"]) + length(&embed["description"]) <= 6000);
        assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
        let nonce = message["nonce"].as_str().unwrap();
        assert!(nonce.len() <= 25 && message["enforce_nonce"] == true);
        assert_eq!(super::message(id, "a", "", None)["nonce"], nonce);
        assert_ne!(
            super::message(Uuid::from_u128(8), "a", "", None)["nonce"],
            nonce
        );
    }

    #[test]
    fn names_are_no_markup() {
        let message = message(
            Uuid::nil(),
            "@everyone **[x](https://evil.example)**",
            " ",
            None,
        );
        assert_eq!(
            message["embeds"][0],
            json!({ "title": r"\@everyone \*\*\[x\]\(https://evil.example\)\*\*" })
        );
    }

    #[test]
    fn refusals_are_told_apart() {
        for (status, code, want) in [
            (403, 50007, Refusal::Closed),
            (400, 50007, Refusal::Closed),
            (403, 50278, Refusal::Closed),
            (401, 0, Refusal::BadToken),
            (403, 40002, Refusal::BadToken),
            (404, 10003, Refusal::NoChannel),
            (404, 10013, Refusal::GiveUp),
            (403, 50001, Refusal::GiveUp),
            (403, 0, Refusal::GiveUp),
            (400, 50035, Refusal::GiveUp),
            (400, 40003, Refusal::Later),
            (429, 0, Refusal::Later),
            (500, 0, Refusal::Later),
            (503, 130_000, Refusal::Later),
        ] {
            assert_eq!(Refusal::of(status, code), want, "{status} {code}");
        }
    }
}
