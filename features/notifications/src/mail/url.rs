//! `SMTP_URL`: which server takes our mail, and how it is spoken to.

use std::str::FromStr;

use kernel::Secret;

/// `smtp://` speaks in the clear, `starttls://` encrypts before anything is said, `smtps://` from the first byte on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpUrl {
    pub encryption: Encryption,
    pub host: String,
    pub port: u16,
    pub login: Option<(String, Secret)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    None,
    StartTls,
    Implicit,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SmtpUrlError(&'static str);

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or(SmtpUrlError("it has no scheme"))?;
        let (encryption, usual_port) = match scheme {
            "smtp" => (Encryption::None, 25),
            "starttls" => (Encryption::StartTls, 587),
            "smtps" => (Encryption::Implicit, 465),
            _ => return Err(SmtpUrlError("the schemes are smtp, starttls and smtps")),
        };
        // A password may hold an @ that ought to have been escaped.
        let (login, address) = match rest.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, rest),
        };
        let address = address.trim_end_matches('/');
        if address.contains(['/', '?', '#', ' ']) {
            return Err(SmtpUrlError("nothing may follow the host and the port"));
        }
        let (host, port) = host_and_port(address, usual_port)?;
        let login = login.map(|login| {
            let (name, password) = login.split_once(':').unwrap_or((login, ""));
            (unescape(name), Secret::new(unescape(password)))
        });
        if login.is_some() && encryption == Encryption::None && !is_local(&host) {
            return Err(SmtpUrlError(
                "a password would travel in the clear; use starttls:// or smtps://",
            ));
        }
        Ok(Self {
            encryption,
            host,
            port,
            login,
        })
    }
}

fn host_and_port(address: &str, usual: u16) -> Result<(String, u16), SmtpUrlError> {
    let bracketed = address.ends_with(']') || !address.contains(':');
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !bracketed => (
            host,
            port.parse()
                .map_err(|_| SmtpUrlError("the port is no number"))?,
        ),
        _ => (address, usual),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(SmtpUrlError("it names no host"));
    }
    Ok((host.to_owned(), port))
}

fn is_local(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// `%40` is `@`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_by_urls() {
        for (text, encryption, host, port) in [
            ("smtp://localhost", Encryption::None, "localhost", 25),
            (
                "smtp://127.0.0.1:2525/",
                Encryption::None,
                "127.0.0.1",
                2525,
            ),
            ("smtp://[::1]:2525", Encryption::None, "::1", 2525),
            (
                "starttls://mail.example",
                Encryption::StartTls,
                "mail.example",
                587,
            ),
            (
                "smtps://[2001:db8::1]",
                Encryption::Implicit,
                "2001:db8::1",
                465,
            ),
        ] {
            let url: SmtpUrl = text.parse().unwrap();
            assert_eq!(
                (url.encryption, url.host.as_str(), url.port),
                (encryption, host, port),
                "{text}"
            );
            assert_eq!(url.login, None);
        }
        let url: SmtpUrl = "smtps://AKIA%2F1:p%40ss:w@rd@email-smtp.example:2465"
            .parse()
            .unwrap();
        assert_eq!(
            url.login,
            Some(("AKIA/1".to_owned(), Secret::new("p@ss:w@rd")))
        );
        assert_eq!((url.host.as_str(), url.port), ("email-smtp.example", 2465));
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example:x",
            "smtps://mail.example/path",
            "smtps://mail.example?tls=no",
            "smtp://me:secret@mail.example",
        ] {
            assert!(text.parse::<SmtpUrl>().is_err(), "{text}");
        }
        assert!("smtp://me:secret@localhost:2525".parse::<SmtpUrl>().is_ok());
    }
}
