use crate::config::reader::{Reader, Setting, Show};
use crate::config::value::Parsed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal in development, JSON otherwise.
    Auto,
    Json,
    Pretty,
}

const LOG_LEVEL: Setting<String> = Setting {
    name: "LOG_LEVEL",
    default: Some("info"),
    allowed: "trace, debug, info, warn, error or off, or a list such as info,sqlx=debug",
    show: Show::Plain,
    parse: level,
};
const LOG_FORMAT: Setting<LogFormat> = Setting {
    name: "LOG_FORMAT",
    default: Some("auto"),
    allowed: "auto, json or pretty",
    show: Show::Plain,
    parse: |text| match text {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "pretty" => Ok(LogFormat::Pretty),
        _ => Err(String::new()),
    },
};

/// What is logged, and how it looks.
#[derive(Clone, Debug)]
pub struct LogsSection {
    pub level: String,
    pub format: LogFormat,
}

impl LogsSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            level: reader.required(&LOG_LEVEL),
            format: reader.required(&LOG_FORMAT),
        }
    }
}

/// One level for all, and others for single parts.
fn level(text: &str) -> Parsed<String> {
    let text = text.to_ascii_lowercase();
    let is_level = |word: &str| ["trace", "debug", "info", "warn", "error", "off"].contains(&word);
    let good = text
        .split(',')
        .all(|part| match part.trim().split_once('=') {
            Some((name, level)) => !name.is_empty() && is_level(level),
            None => is_level(part.trim()),
        });
    if good { Ok(text) } else { Err(String::new()) }
}
