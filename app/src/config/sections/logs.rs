use crate::config::reader::{Reader, Setting, Show};

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
    allowed: "trace, debug, info, warn, error or off",
    show: Show::Plain,
    parse: |text| match text.to_ascii_lowercase() {
        level if ["trace", "debug", "info", "warn", "error", "off"].contains(&level.as_str()) => Ok(level),
        _ => Err(String::new()),
    },
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
