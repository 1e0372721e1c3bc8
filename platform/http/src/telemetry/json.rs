//! A line of JSON for each event, by hand: a request is logged twice, so this is on the hot path.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use kernel::{Clock, UserId, write_rfc3339_milliseconds};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::fields::{Escaped, REDACTED, escape, is_secret};
use crate::context;

/// Writes the event's line to `line`, with the help of an empty `data`.
pub(super) fn write(
    event: &Event<'_>,
    service: &str,
    clock: &Clock,
    line: &mut Vec<u8>,
    data: &mut Vec<u8>,
) {
    let metadata = event.metadata();
    line.extend_from_slice(b"{\"timestamp\":\"");
    write_rfc3339_milliseconds(clock.now(), line);
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend_from_slice(level(*metadata.level()).as_bytes());
    line.extend_from_slice(b"\",\"service\":\"");
    escape(service, line);
    context::with(|request| {
        let Some((id, user)) = request else {
            line.extend_from_slice(b"\",\"requestId\":null,\"userId\":null");
            return;
        };
        line.extend_from_slice(b"\",\"requestId\":\"");
        escape(id, line);
        line.extend_from_slice(b"\",\"userId\":");
        match user {
            Some(user) => {
                line.push(b'"');
                UserId::new(user).write_to(line);
                line.push(b'"');
            }
            None => line.extend_from_slice(b"null"),
        }
    });
    line.extend_from_slice(b",\"message\":\"");
    event.record(&mut Fields {
        message: line,
        data,
    });
    line.extend_from_slice(b"\",\"data\":{");
    // Where a problem comes from, or a line of somebody else's crate; our own messages are known by their text.
    if *metadata.level() <= Level::WARN || *metadata.level() >= Level::DEBUG {
        if !data.is_empty() {
            data.push(b',');
        }
        data.extend_from_slice(b"\"target\":\"");
        escape(metadata.target(), data);
        data.push(b'"');
    }
    line.extend_from_slice(data);
    line.extend_from_slice(b"}}\n");
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// Sorts an event's fields: the message goes to the line, all else to its `data`.
struct Fields<'a> {
    message: &'a mut Vec<u8>,
    data: &'a mut Vec<u8>,
}

impl Fields<'_> {
    /// Writes a field's name. False if its value must not follow.
    fn name(&mut self, field: &Field) -> bool {
        if !self.data.is_empty() {
            self.data.push(b',');
        }
        self.data.push(b'"');
        escape(field.name(), self.data);
        self.data.extend_from_slice(b"\":");
        let secret = is_secret(field.name());
        if secret {
            self.text(REDACTED);
        }
        !secret
    }

    fn text(&mut self, text: &str) {
        self.data.push(b'"');
        escape(text, self.data);
        self.data.push(b'"');
    }

    /// A value that reads in JSON as it does in Rust.
    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        if self.name(field) {
            let _ = write!(self.data, "{value}");
        }
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            escape(value, self.message);
        } else if self.name(field) {
            self.text(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(Escaped(self.message), "{value:?}");
        } else if self.name(field) {
            self.data.push(b'"');
            let _ = write!(Escaped(self.data), "{value:?}");
            self.data.push(b'"');
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.plain(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.plain(field, value);
        } else {
            self.plain(field, "null");
        }
    }
}
