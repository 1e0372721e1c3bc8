use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a user can be reached.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Channel {
    InApp,
    Email,
    Discord,
    Webhook,
}

impl Channel {
    /// Those whose messages leave the house.
    pub const OUTGOING: [Self; 3] = [Self::Email, Self::Discord, Self::Webhook];

    /// As the table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InApp => "inApp",
            Self::Email => "email",
            Self::Discord => "discord",
            Self::Webhook => "webhook",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        [Self::InApp, Self::Email, Self::Discord, Self::Webhook]
            .into_iter()
            .find(|channel| channel.as_str() == name)
    }

    /// Whether it may make a noise beside somebody's bed.
    pub fn disturbs(self) -> bool {
        matches!(self, Self::Email | Self::Discord)
    }
}

/// A cell of the grid: whether, and when, an event is told on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    Off,
    Immediate,
    /// With the day's other news, in one mail. Of the channels, only e-mail has it.
    Digest,
}
