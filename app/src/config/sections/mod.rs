//! The settings, a struct per section. Each section reads itself and keeps its own rules.

mod accounts;
mod aoe4;
mod aws;
mod database;
mod events;
mod jobs;
mod limits;
mod links;
mod logs;
mod notifications;
mod oidc;
mod scores;
mod server;
mod social;
mod trackmania;

use std::time::Duration;

pub use self::accounts::{AccountsSection, FirstAdmin};
pub use self::aoe4::Aoe4Section;
pub use self::aws::{AwsAccessKey, AwsSection};
pub use self::database::DatabaseSection;
pub use self::events::EventsSection;
pub use self::jobs::{JobsSection, Roles, ScheduleOverride};
pub use self::limits::LimitsSection;
pub use self::links::{DiscordClient, LinksSection};
pub use self::logs::{LogFormat, LogsSection};
pub use self::notifications::NotificationsSection;
pub use self::oidc::OidcIssuer;
pub use self::scores::ScoresSection;
pub use self::server::{Environment, ServerSection};
pub use self::social::{SocialSection, SocialStoreKind};
pub use self::trackmania::TrackmaniaSection;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
