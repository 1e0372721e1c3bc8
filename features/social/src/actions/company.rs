//! What a list of players shows of each beside the name.

use std::collections::{HashMap, HashSet};

use kernel::UserId;

use crate::model::presence::PresenceView;
use crate::store::{StoreError, blocks};
use crate::{Error, Social};

/// A user as somebody else sees them now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub presence: PresenceView,
    /// Whether whoever looks follows the user.
    pub followed: bool,
}

impl Social {
    /// Who is online of these users, and who is followed, in one round trip for each question, whatever their number.
    /// Who has blocked the viewer seems offline. Nobody looks if there is no viewer.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn look(
        &self,
        viewer: Option<UserId>,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Seen>, Error> {
        let now = self.clock.now();
        let (present, followed, blocking) = tokio::try_join!(
            self.store.presence(users, now),
            self.followed_by(viewer, users),
            self.blocking(viewer, users),
        )?;
        let mut present: HashMap<_, _> = present.into_iter().collect();
        for user in blocking {
            present.remove(&user);
        }
        let seen = users.iter().map(|user| {
            let seen = Seen {
                presence: PresenceView::of(present.get(user), now),
                followed: followed.contains(user),
            };
            (*user, seen)
        });
        Ok(seen.collect())
    }

    /// Whom a user follows, up to as many as one may follow.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn followed(&self, user: UserId) -> Result<Vec<UserId>, Error> {
        let edges = self
            .store
            .following(user, None, crate::store::MOST_FOLLOWED)
            .await?;
        Ok(edges.into_iter().map(|edge| edge.target).collect())
    }

    async fn followed_by(
        &self,
        viewer: Option<UserId>,
        users: &[UserId],
    ) -> Result<HashSet<UserId>, StoreError> {
        let Some(viewer) = viewer else {
            return Ok(HashSet::new());
        };
        let edges = self.store.edges_between(&[viewer], users).await?;
        Ok(edges.into_iter().map(|(_, target)| target).collect())
    }

    async fn blocking(
        &self,
        viewer: Option<UserId>,
        users: &[UserId],
    ) -> Result<HashSet<UserId>, StoreError> {
        match viewer {
            Some(viewer) => Ok(blocks::of_viewer(self.database.pool(), viewer, users).await?),
            None => Ok(HashSet::new()),
        }
    }
}
