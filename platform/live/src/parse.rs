//! Reads an event stream as a browser does (WHATWG HTML §9.2.6): the other half of [`crate::Event`], for
//! clients of ours: tests, simulated players, the load generator.
//!
//! Invariant: how the bytes are cut into chunks makes no difference.
//!
//! Memory isn't bounded against a hostile server; it is meant for our own.
//!
//! ```
//! let mut parser = live::parse::EventParser::new();
//! assert!(parser.push(b"id: 7\ndata: he").is_empty());
//! let messages = parser.push(b"llo\n\n");
//! assert_eq!((&*messages[0].data, parser.last_event_id()), ("hello", "7"));
//! ```

use std::time::Duration;

/// An event that was dispatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The event's type; `message` unless said otherwise.
    pub name: String,
    pub data: String,
    /// The last id seen on the stream, by this event or an earlier one; empty if there was none.
    pub last_event_id: String,
}

/// An incremental parser of one event source.
#[derive(Clone, Debug)]
pub struct EventParser {
    /// The part of a line that arrived without its end.
    line: Vec<u8>,
    /// Whether a CR ended the last line, so that a LF next belongs to it.
    after_carriage_return: bool,
    at_start: bool,
    name: String,
    data: String,
    id: String,
    last_event_id: String,
    reconnection_time: Option<Duration>,
}

impl Default for EventParser {
    fn default() -> Self {
        Self::new()
    }
}

impl EventParser {
    pub fn new() -> Self {
        Self {
            line: Vec::new(),
            after_carriage_return: false,
            at_start: true,
            name: String::new(),
            data: String::new(),
            id: String::new(),
            last_event_id: String::new(),
            reconnection_time: None,
        }
    }

    /// What to send as `Last-Event-ID` when reconnecting, unless empty.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// The wait before reconnecting that the server asked for last.
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Makes ready for the bytes of a new connection: what was unfinished is dropped; the last id and
    /// the reconnection time stay.
    pub fn reconnect(&mut self) {
        self.line.clear();
        self.after_carriage_return = false;
        self.at_start = true;
        self.name.clear();
        self.data.clear();
        self.id.clone_from(&self.last_event_id);
    }

    /// Takes the next bytes, however cut, and returns the events that they complete.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut rest = chunk;
        if self.after_carriage_return && !rest.is_empty() {
            self.after_carriage_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            let (line, ended) = rest.split_at(end);
            rest = &ended[1..];
            if ended[0] == b'\r' {
                self.after_carriage_return = rest.is_empty();
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
            if self.line.is_empty() {
                self.end_line(line, &mut messages);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.end_line(&whole, &mut messages);
                // Its room is kept for the next line that is cut.
                whole.clear();
                self.line = whole;
            }
        }
        self.line.extend_from_slice(rest);
        messages
    }

    fn end_line(&mut self, mut line: &[u8], messages: &mut Vec<Message>) {
        if std::mem::take(&mut self.at_start) {
            // Only one byte order mark is dropped; a second one is part of the field's name.
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            messages.extend(self.dispatch());
            return;
        }
        // Line ends are ASCII, so decoding line by line is the same as decoding the stream.
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "event" => value.clone_into(&mut self.name),
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                // The empty string and what overflows don't parse, and are ignored.
                if let Ok(milliseconds) = value.parse() {
                    self.reconnection_time = Some(Duration::from_millis(milliseconds));
                }
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) -> Option<Message> {
        self.last_event_id.clone_from(&self.id);
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        // Each `data` line added a LF: no LF, no data, no event.
        data.pop()?;
        Some(Message {
            name: if name.is_empty() {
                "message".to_owned()
            } else {
                name
            },
            data,
            last_event_id: self.last_event_id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expected<'a> = &'a [(&'a str, &'a str, &'a str)];

    /// The stream, and the (name, data, last event id) of each event that it dispatches.
    const VECTORS: &[(&str, Expected<'_>)] = &[
        (
            "data: YHOO\ndata: +2\ndata: 10\n\n",
            &[("message", "YHOO\n+2\n10", "")],
        ),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
            &[
                ("message", "first event", "1"),
                ("message", "second event", ""),
            ],
        ),
        ("data:  third event\n\n", &[("message", " third event", "")]),
        (
            "data\n\ndata\ndata\n\ndata:",
            &[("message", "", ""), ("message", "\n", "")],
        ),
        (
            "data:test\n\ndata: test\n\n",
            &[("message", "test", ""), ("message", "test", "")],
        ),
        ("\u{feff}data:1\n\n", &[("message", "1", "")]),
        (
            "\u{feff}\u{feff}data:1\n\ndata:2\n\n",
            &[("message", "2", "")],
        ),
        ("id: 1\n\ndata: x\n\n", &[("message", "x", "1")]),
        (
            "id: 1\ndata: x\n\ndata: y\n\n",
            &[("message", "x", "1"), ("message", "y", "1")],
        ),
        ("event: a\n\ndata: x\n\n", &[("message", "x", "")]),
        ("event:\ndata: x\n\n", &[("message", "x", "")]),
        ("event: a\nevent: b\ndata: x\n\n", &[("b", "x", "")]),
        ("id: 7\n\nid: a\0b\ndata: x\n\n", &[("message", "x", "7")]),
        (
            "retry: 3000\ndata:x\r\rdata:y\r\n\r\n",
            &[("message", "x", ""), ("message", "y", "")],
        ),
        ("DATA:x\n\n", &[]),
        (" data:x\n\nfoo: y\n\n", &[]),
        (
            "data:a\u{2028}b\u{85}é\n\n",
            &[("message", "a\u{2028}b\u{85}é", "")],
        ),
        ("data: a:b\n\n", &[("message", "a:b", "")]),
    ];

    fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (EventParser, Vec<Message>) {
        let mut parser = EventParser::new();
        let messages = chunks
            .into_iter()
            .flat_map(|chunk| parser.push(chunk))
            .collect();
        (parser, messages)
    }

    #[test]
    fn vectors_through_every_split() {
        for (stream, expected) in VECTORS {
            let bytes = stream.as_bytes();
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, data, id)| Message {
                    name: (*name).to_owned(),
                    data: (*data).to_owned(),
                    last_event_id: (*id).to_owned(),
                })
                .collect();
            assert_eq!(
                read(bytes.chunks(1)).1,
                expected,
                "byte by byte: {stream:?}"
            );
            for first in 0..=bytes.len() {
                for second in first..=bytes.len() {
                    let chunks = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                    assert_eq!(read(chunks).1, expected, "{chunks:?}");
                }
            }
        }
    }

    #[test]
    fn retry_takes_digits_only() {
        let time = |value: &str| {
            let stream = format!("retry: 7\nretry: {value}\n\n");
            read([stream.as_bytes()]).0.reconnection_time()
        };
        assert_eq!(time("3000"), Some(Duration::from_secs(3)));
        for ignored in ["3s", "-1", "+1", "1.5", "", " 1", "99999999999999999999999"] {
            assert_eq!(time(ignored), Some(Duration::from_millis(7)), "{ignored:?}");
        }
    }

    #[test]
    fn an_id_counts_only_once_dispatched() {
        let (mut parser, _) = read([&b"id: 1\ndata: x\n\nid: 2\ndata: y\n"[..]]);
        assert_eq!(parser.last_event_id(), "1");
        parser.reconnect();
        let messages = parser.push(b"data: z\n\n");
        assert_eq!(messages.len(), 1);
        assert_eq!(
            (&*messages[0].data, &*messages[0].last_event_id),
            ("z", "1")
        );
    }

    #[test]
    fn spoiled_utf8_is_replaced() {
        let (_, messages) = read([&b"data: a\xffb\n\n"[..]]);
        assert_eq!(messages[0].data, "a\u{fffd}b");
    }
}
