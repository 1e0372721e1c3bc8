use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A mail as it was sent.
#[derive(Clone, Debug)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
    headers: Vec<(String, String)>,
    /// All of it, as it came.
    pub raw: String,
}

impl Mail {
    pub fn parse(raw: &str) -> Self {
        let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
        let headers = headers(head);
        let boundary = head.split_once("boundary=\"").map(|(_, rest)| rest);
        let boundary = boundary
            .and_then(|rest| rest.split('"').next())
            .unwrap_or("none");
        let boundary = format!("--{boundary}");
        let part = |kind: &str| {
            let mut parts = body.split(&boundary);
            let part = parts.find(|part| part.contains(&format!("Content-Type: {kind}")));
            part.map(decode).unwrap_or_default()
        };
        let mail = Self {
            subject: String::new(),
            text: part("text/plain"),
            html: part("text/html"),
            headers,
            raw: raw.to_owned(),
        };
        Self {
            subject: mail.header("Subject").map(decode_words).unwrap_or_default(),
            ..mail
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// What follows this in the text, up to the end of the line.
    #[track_caller]
    pub fn after(&self, mark: &str) -> String {
        let rest = self
            .text
            .split_once(mark)
            .unwrap_or_else(|| panic!("no {mark}: {}", self.text))
            .1;
        rest.lines().next().unwrap_or_default().trim().to_owned()
    }
}

fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let lines = unfolded.split("\r\n");
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

/// A part of a mail, without its headers.
fn decode(part: &str) -> String {
    let (head, body) = part.split_once("\r\n\r\n").unwrap_or(("", part));
    if head.contains("quoted-printable") {
        String::from_utf8_lossy(&quoted_printable(body)).into_owned()
    } else if head.contains("base64") {
        let letters: String = body.split_whitespace().collect();
        String::from_utf8_lossy(&STANDARD.decode(letters).unwrap()).into_owned()
    } else {
        body.to_owned()
    }
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match first {
            b'=' => {
                let digits = std::str::from_utf8(&after[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &after[2..];
            }
            other => {
                bytes.push(other);
                rest = after;
            }
        }
    }
    bytes
}

/// `=?utf-8?b?…?=`.
fn decode_words(value: &str) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for word in value.split(' ') {
        let encoded = word
            .strip_prefix("=?utf-8?b?")
            .and_then(|word| word.strip_suffix("?="));
        // Blanks between encoded words are no part of the text (RFC 2047 §6.2).
        if !(text.is_empty() || after_word && encoded.is_some()) {
            text.push(' ');
        }
        after_word = encoded.is_some();
        match encoded {
            Some(word) => text.push_str(&String::from_utf8_lossy(&STANDARD.decode(word).unwrap())),
            None => text.push_str(word),
        }
    }
    text
}
