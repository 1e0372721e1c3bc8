//! A message as RFC 5322 and the rules of the large receivers want it: plain text before HTML, one address, a
//! Message-ID of ours, and for what was subscribed to the headers of RFC 8058.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use super::Mail;
use crate::Undelivered;
use crate::model::text::one_line;

/// Mail programs show no more.
const SUBJECT: usize = 150;

macro_rules! headers {
    ($($name:ident $text:literal;)*) => {$(
        #[derive(Clone)]
        struct $name(String);
        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($text)
            }
            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    )*};
}

headers! {
    ListUnsubscribe "List-Unsubscribe";
    ListUnsubscribePost "List-Unsubscribe-Post";
    ListId "List-Id";
    AutoSubmitted "Auto-Submitted";
}

pub fn build(mail: &Mail, from: &Mailbox, now: Timestamp) -> Result<Message, Undelivered> {
    let domain = from.email.domain();
    // Without a name: a screen name is what its bearer likes, and headers are what we like.
    let to = mail
        .to
        .parse()
        .map_err(|_| Undelivered::Closed("Mail programs don't take this address.".to_owned()))?;
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&mail.subject, SUBJECT))
        .date(SystemTime::from(now))
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        // RFC 3834: nobody's holiday is to answer it.
        .header(AutoSubmitted("auto-generated".to_owned()));
    if let Some(list) = &mail.list {
        let id = list.name.replace(' ', "-").to_lowercase();
        message = message
            .header(ListUnsubscribe(format!("<{}>", list.unsubscribe_url)))
            .header(ListUnsubscribePost("List-Unsubscribe=One-Click".to_owned()))
            .header(ListId(format!("{} <{id}.{domain}>", list.name)));
    }
    message
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| Undelivered::Refused(format!("It could not be written: {error}.")))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::mail::List;

    fn mail(subject: &str) -> Mail {
        Mail {
            id: Uuid::nil(),
            to: "ada@example.org".to_owned(),
            subject: subject.to_owned(),
            text: "Plain, zoë".to_owned(),
            html: "<p>HTML".to_owned(),
            list: Some(List {
                name: "Daily digest",
                unsubscribe_url: format!(
                    "https://play.example/api/v1/unsubscribe/{}",
                    "A".repeat(130)
                ),
            }),
        }
    }

    fn written(mail: &Mail) -> String {
        let from = "Grandstand <news@play.example>".parse().unwrap();
        let now = "2026-11-21T08:54:59Z".parse().unwrap();
        String::from_utf8(build(mail, &from, now).unwrap().formatted()).unwrap()
    }

    fn header(text: &str, name: &str) -> Vec<String> {
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let lines = unfolded.split("\r\n");
        lines
            .filter_map(|line| line.strip_prefix(&format!("{name}: ")))
            .map(|value| value.trim().to_owned())
            .collect()
    }

    #[test]
    fn has_the_headers_that_receivers_ask_for() {
        let text = written(&mail("Hello"));
        for (name, want) in [
            ("From", "Grandstand <news@play.example>".to_owned()),
            ("To", "ada@example.org".to_owned()),
            ("Subject", "Hello".to_owned()),
            ("Date", "Sat, 21 Nov 2026 08:54:59 +0000".to_owned()),
            ("Message-ID", format!("<{}@play.example>", Uuid::nil())),
            ("Auto-Submitted", "auto-generated".to_owned()),
            (
                "List-Unsubscribe",
                format!(
                    "<https://play.example/api/v1/unsubscribe/{}>",
                    "A".repeat(130)
                ),
            ),
            (
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ),
            (
                "List-Id",
                "Daily digest <daily-digest.play.example>".to_owned(),
            ),
            ("MIME-Version", "1.0".to_owned()),
        ] {
            assert_eq!(header(&text, name), [want], "{name}\n{text}");
        }
        let (plain, html) = (
            text.find("text/plain").unwrap(),
            text.find("text/html").unwrap(),
        );
        assert!(plain < html);
        assert!(text.lines().all(|line| line.len() <= 998));
        assert!(text.is_ascii());
        let account = Mail {
            list: None,
            ..mail("Hello")
        };
        assert!(!written(&account).contains("List-"));
    }

    #[test]
    fn no_subject_becomes_a_header() {
        for subject in [
            "a\r\nBcc: all@example.org",
            "a\nBcc: all@example.org",
            "a\rBcc: all@example.org",
            "a\u{85}Bcc: all@example.org",
            "a\0\r\n\r\n<script>",
            "😀\r\nBcc: all@example.org",
        ] {
            let text = written(&mail(subject));
            assert_eq!(header(&text, "Bcc"), [] as [String; 0], "{text}");
            assert_eq!(header(&text, "Subject").len(), 1);
        }
        let long = written(&mail(&"é".repeat(500)));
        let encoded = long.lines().filter(|line| line.contains("=?utf-8?"));
        assert!(
            encoded.clone().count() > 5 && encoded.clone().all(|line| line.len() <= 78),
            "{long}"
        );
    }

    #[test]
    fn what_is_no_address_is_said_to_be_none() {
        for to in [
            "",
            "ada",
            "ada@example.org\r\nRCPT TO:<all@example.org>",
            "a@b, c@d",
            "<a@b>",
        ] {
            let mail = Mail {
                to: to.to_owned(),
                ..mail("Hello")
            };
            let from = "news@play.example".parse().unwrap();
            let built = build(&mail, &from, Timestamp::UNIX_EPOCH);
            assert!(matches!(built, Err(Undelivered::Closed(_))), "{to}");
        }
    }
}
