use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How alerts find what is new for a user, where an alert doesn't say it itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertType {
    /// Reads everything, and misses nothing.
    #[default]
    Accurate,
    /// Reads only where somebody new is seen, and spends far fewer calls.
    Fast,
}

impl AlertType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accurate => "accurate",
            Self::Fast => "fast",
        }
    }
}

impl From<String> for AlertType {
    /// From the column `alert_type`, whose check constraint knows no third.
    fn from(text: String) -> Self {
        if text == "fast" {
            Self::Fast
        } else {
            Self::Accurate
        }
    }
}
