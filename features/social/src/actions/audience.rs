//! Who is told of what a player does: the followers, a page at a time.

use kernel::UserId;

use crate::store::blocks;
use crate::{Error, Social};

/// Some of a player's followers.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// By their ids. Who has blocked the player, or was blocked, is left out.
    pub followers: Vec<UserId>,
    /// After whom the others come, if there may be any.
    pub next: Option<UserId>,
}

impl Social {
    /// Those of these players who have followers.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn with_followers(&self, players: &[UserId]) -> Result<Vec<UserId>, Error> {
        Ok(self.store.with_followers(players).await?)
    }

    /// So many of a player's followers, beginning after one of them.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn audience(
        &self,
        player: UserId,
        after: Option<UserId>,
        at_most: usize,
    ) -> Result<Audience, Error> {
        let edges = self.store.followers(player, None, after, at_most).await?;
        let mut followers: Vec<UserId> = edges.iter().map(|edge| edge.user).collect();
        let next = followers.last().copied().filter(|_| edges.len() >= at_most);
        // Blocking has ended following. But the edge may be read before that, and the block after.
        let blocked = blocks::around(self.database.pool(), player, &followers).await?;
        followers.retain(|follower| !blocked.contains(follower));
        Ok(Audience { followers, next })
    }
}
