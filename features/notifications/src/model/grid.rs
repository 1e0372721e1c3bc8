//! Which events a user is told of, over which channels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channel::{Channel, When};
use super::event::{EventKind, KINDS};

/// What differs from the defaults. Names that are not known (any more) are kept out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grid(BTreeMap<String, BTreeMap<Channel, When>>);

/// Only mail has a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be off or immediate: only email can be digest")]
pub struct NoDigest;

impl Grid {
    pub fn get(&self, kind: &EventKind, channel: Channel) -> When {
        let own = self.0.get(kind.name).and_then(|row| row.get(&channel));
        own.copied().unwrap_or_else(|| kind.by_default(channel))
    }

    /// Notes what differs from the default, and forgets what doesn't.
    ///
    /// # Errors
    /// [`NoDigest`] where there is none.
    pub fn set(
        &mut self,
        kind: &'static EventKind,
        channel: Channel,
        when: When,
    ) -> Result<(), NoDigest> {
        if when == When::Digest && channel != Channel::Email {
            return Err(NoDigest);
        }
        let row = self.0.entry(kind.name.to_owned()).or_default();
        if when == kind.by_default(channel) {
            row.remove(&channel);
        } else {
            row.insert(channel, when);
        }
        if row.is_empty() {
            self.0.remove(kind.name);
        }
        Ok(())
    }

    /// Every event with every channel.
    pub fn whole(&self) -> BTreeMap<&'static str, BTreeMap<Channel, When>> {
        let row = |kind: &'static EventKind| {
            let channels = Channel::OUTGOING.into_iter().chain([Channel::InApp]);
            let cells = channels.map(|channel| (channel, self.get(kind, channel)));
            (kind.name, cells.collect())
        };
        KINDS.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{MAP_RECORD, REVIEW_READY};

    #[test]
    fn holds_only_what_differs() {
        let mut grid = Grid::default();
        assert_eq!(grid.get(&MAP_RECORD, Channel::Email), When::Digest);
        assert_eq!(grid.get(&MAP_RECORD, Channel::Discord), When::Off);
        grid.set(&MAP_RECORD, Channel::Email, When::Off).unwrap();
        grid.set(&MAP_RECORD, Channel::Discord, When::Immediate)
            .unwrap();
        assert_eq!(
            serde_json::to_string(&grid).unwrap(),
            r#"{"map_record":{"email":"off","discord":"immediate"}}"#
        );
        assert_eq!(grid.get(&MAP_RECORD, Channel::Email), When::Off);
        assert_eq!(grid.get(&REVIEW_READY, Channel::Email), When::Immediate);
        grid.set(&MAP_RECORD, Channel::Email, When::Digest).unwrap();
        grid.set(&MAP_RECORD, Channel::Discord, When::Off).unwrap();
        assert_eq!(grid, Grid::default());
    }

    #[test]
    fn only_mail_has_a_digest() {
        let mut grid = Grid::default();
        for channel in [Channel::InApp, Channel::Discord, Channel::Webhook] {
            assert_eq!(grid.set(&MAP_RECORD, channel, When::Digest), Err(NoDigest));
        }
    }

    #[test]
    fn what_an_older_release_wrote_does_no_harm() {
        let text = r#"{"gone":{"email":"off"},"map_record":{"email":"off"}}"#;
        let grid: Grid = serde_json::from_str(text).unwrap();
        assert_eq!(grid.get(&MAP_RECORD, Channel::Email), When::Off);
        assert!(!grid.whole().contains_key("gone"));
        assert_eq!(grid.whole().len(), KINDS.len());
    }
}
