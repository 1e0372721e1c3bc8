use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a daily run goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    MapperAlerts,
    DriverChecks,
}

impl RunKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MapperAlerts => "mapper_alerts",
            Self::DriverChecks => "driver_checks",
        }
    }

    /// How long it may take. The next one of its kind comes a day after it.
    pub fn lasts(self) -> SignedDuration {
        match self {
            Self::MapperAlerts => SignedDuration::from_hours(20),
            // Drivers are told together of all their maps, so one that can't be asked for keeps the others waiting.
            Self::DriverChecks => SignedDuration::from_hours(3),
        }
    }
}

/// A run that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: Uuid,
    pub started_at: Timestamp,
    /// Whether all its checks are there.
    pub is_planned: bool,
}

/// What came of some checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub checked: i64,
    pub failed: i64,
    /// What is new.
    pub found: i64,
    /// Users who were told of it.
    pub told: i64,
}

/// The runs of a kind that began on a day, which are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfRuns {
    pub checks: i64,
    pub counts: Counts,
    /// To outside services.
    pub calls: i64,
    pub started_at: Timestamp,
    /// None while it goes on.
    pub ended_at: Option<Timestamp>,
}
