//! Writes events in the grammar of WHATWG HTML §9.2.6 (`text/event-stream`).
//!
//! Invariant: whatever text comes in, what goes out is one well-formed block. Data may hold any text; a
//! name, id or comment can't smuggle in a further field.

use std::fmt::Display;

use bytes::Bytes;
use serde::Serialize;

/// One event being written, ended by [`Event::encode`].
///
/// ```
/// let event = live::Event::new().name("leaderboard").id(7).data("{}").encode();
/// assert_eq!(event, "event: leaderboard\nid: 7\ndata: {}\n\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Event {
    buffer: Vec<u8>,
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    /// The type that clients listen to. Left out if it holds NUL, CR or LF; the event is then a `message`.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.field("event", name);
        self
    }

    /// The id that a reconnecting client sends back. Left out if it holds NUL, CR or LF, as a client
    /// ignores an id with NUL. Keep it short, and of digits and letters: a long or unusual one costs
    /// cross-origin clients a preflight.
    #[must_use]
    pub fn id(mut self, id: impl Display) -> Self {
        self.field("id", &id.to_string());
        self
    }

    /// Any text. CR, LF and CRLF all end a line, and reach the client as LF.
    #[must_use]
    pub fn data(mut self, text: &str) -> Self {
        self.buffer.reserve(text.len() + 16);
        let mut rest = text;
        while let Some(end) = rest.find(['\r', '\n']) {
            self.line("data", &rest[..end]);
            let width = if rest[end..].starts_with("\r\n") {
                2
            } else {
                1
            };
            rest = &rest[end + width..];
        }
        self.line("data", rest);
        self
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// When the value can't be written as JSON, such as a map whose keys aren't strings.
    pub fn json(self, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        // By way of `data`, since a `RawValue` may hold newlines between its tokens.
        Ok(self.data(&serde_json::to_string(value)?))
    }

    /// How long clients wait before they reconnect, from now on.
    #[must_use]
    pub fn retry(mut self, milliseconds: u64) -> Self {
        self.line("retry", &milliseconds.to_string());
        self
    }

    /// A line that clients ignore. NUL, CR and LF become spaces.
    #[must_use]
    pub fn comment(mut self, text: &str) -> Self {
        self.line("", &text.replace(['\0', '\r', '\n'], " "));
        self
    }

    /// The finished block, to be shared by all who receive it.
    pub fn encode(mut self) -> Bytes {
        self.buffer.push(b'\n');
        self.buffer.into()
    }

    fn field(&mut self, name: &str, value: &str) {
        if !value.contains(['\0', '\r', '\n']) {
            self.line(name, value);
        }
    }

    fn line(&mut self, name: &str, value: &str) {
        // The client drops one space after the colon, so a leading space of the value's own survives.
        for part in [name, ": ", value, "\n"] {
            self.buffer.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse::{EventParser, Message};

    #[test]
    fn every_line_end_splits_data() {
        let event = Event::new().data("a\r\nb\rc\n\nd\u{2028}e\n").encode();
        assert_eq!(
            event,
            "data: a\ndata: b\ndata: c\ndata: \ndata: d\u{2028}e\ndata: \n\n"
        );
    }

    #[test]
    fn spoiled_names_and_ids_are_left_out() {
        for bad in ["a\0b", "a\nid: 9", "a\rb", "\r\n"] {
            assert_eq!(
                Event::new().name(bad).id(bad).data("x").encode(),
                "data: x\n\n"
            );
        }
    }

    #[test]
    fn comments_stay_on_one_line() {
        assert_eq!(
            Event::new().comment("a\r\ndata: b\0").encode(),
            ": a  data: b \n\n"
        );
    }

    #[test]
    fn json_that_holds_newlines_stays_whole() {
        let raw: Box<serde_json::value::RawValue> =
            serde_json::from_str("{\"a\":\n1}").expect("valid JSON");
        let event = Event::new().json(&raw).expect("writable").encode();
        assert_eq!(event, "data: {\"a\":\ndata: 1}\n\n");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(
            name in "[^\0\r\n]{1,8}",
            id in "[^\0\r\n]{0,8}",
            data in "(?s)([a: ]|\r|\n|\0|\u{feff}|.){0,40}",
        ) {
            let encoded = Event::new().name(&name).id(&id).retry(5).comment(&data).data(&data).encode();
            let messages = EventParser::new().push(&encoded);
            let data = data.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(messages, vec![Message { name, data, last_event_id: id }]);
        }
    }
}
