//! A short line for each event, for people at a terminal: time, level, message, then `key=value`.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use kernel::{Clock, UserId, rfc3339_milliseconds};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::fields::{Escaped, REDACTED, escape, is_secret};
use crate::context;

const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Writes the event's line to `line`, with the help of an empty `data`.
pub(super) fn write(
    event: &Event<'_>,
    colored: bool,
    clock: &Clock,
    line: &mut Vec<u8>,
    data: &mut Vec<u8>,
) {
    let (dim, plain) = if colored { (DIM, PLAIN) } else { ("", "") };
    let (level, color) = level(*event.metadata().level());
    let color = if colored { color } else { "" };
    let now = rfc3339_milliseconds(clock.now());
    let time = now.get(11..23).unwrap_or(&now);
    let _ = write!(line, "{dim}{time}{plain} {color}{level}{plain} ");
    event.record(&mut Fields {
        message: line,
        data,
        dim,
        plain,
    });
    line.extend_from_slice(data);
    context::with(|request| {
        if let Some((id, user)) = request {
            let _ = write!(line, " {dim}{id}");
            if let Some(user) = user {
                let _ = write!(line, " {}", UserId::new(user));
            }
            line.extend_from_slice(plain.as_bytes());
        }
    });
    line.push(b'\n');
}

fn level(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::ERROR => ("ERROR", "\x1b[1;31m"),
        Level::WARN => (" WARN", "\x1b[33m"),
        Level::INFO => (" INFO", "\x1b[32m"),
        Level::DEBUG => ("DEBUG", "\x1b[34m"),
        Level::TRACE => ("TRACE", "\x1b[35m"),
    }
}

struct Fields<'a> {
    message: &'a mut Vec<u8>,
    data: &'a mut Vec<u8>,
    dim: &'static str,
    plain: &'static str,
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(Escaped(self.message), "{value:?}");
            return;
        }
        let _ = write!(self.data, " {}{}={}", self.dim, field.name(), self.plain);
        if is_secret(field.name()) {
            escape(REDACTED, self.data);
        } else {
            let _ = write!(Escaped(self.data), "{value:?}");
        }
    }
}
