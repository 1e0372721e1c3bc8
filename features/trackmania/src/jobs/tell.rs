use ::jobs::Job;
use kernel::UserId;
use serde::{Deserialize, Serialize};

/// Users are to be told of what a daily run found. The app does it: this feature doesn't know how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TellUsers {
    pub about: About,
    /// One line.
    pub title: String,
    pub body: String,
    /// Those who are told the same, a hundred or so: it is one transaction.
    pub to: Vec<To>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct To {
    pub user: UserId,
    /// A path of ours, such as `/maps/…`.
    pub link: String,
    /// The same told twice is told once.
    pub fact: String,
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// New records on maps that the user follows.
    MapRecords,
    /// What became of the user's own places.
    Places,
    /// Nothing but that maps could not be looked at.
    MissedChecks,
}

impl Job for TellUsers {
    const KIND: &'static str = "trackmania.tell";
}
