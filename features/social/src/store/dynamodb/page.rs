//! What a user's page needs, in one call.

use std::collections::HashMap;

use kernel::UserId;

use super::DynamoStore;
use super::calls;
use super::follows::{counts_key, edge_key, read_counts, read_edge};
use super::item::Item;
use super::presence::{presence_key, read_presence};
use crate::store::{Page, StoreError, blocks};

impl DynamoStore {
    /// Blocks, which are in PostgreSQL, are asked for meanwhile.
    pub(super) async fn read_page(
        &self,
        user: UserId,
        viewer: Option<UserId>,
    ) -> Result<Page, StoreError> {
        let others = viewer.filter(|viewer| *viewer != user);
        let (mut kept, blocking) = tokio::try_join!(self.read_kept(user, others), async {
            match others {
                Some(viewer) => {
                    let pool = self.database.pool();
                    Ok(blocks::of_viewer(pool, viewer, &[user]).await?)
                }
                None => Ok(Default::default()),
            }
        })?;
        let mut page = Page {
            hides_from_viewer: blocking.contains(&user),
            ..Page::default()
        };
        for item in kept.remove(&self.tables.follows).unwrap_or_default() {
            match read_edge(&item) {
                Some(_) => page.followed = true,
                None => page.counts = read_counts(&item),
            }
        }
        let present = kept.remove(&self.tables.presence).unwrap_or_default();
        page.presence = present
            .first()
            .and_then(read_presence)
            .map(|(_, presence)| presence);
        Ok(page)
    }

    async fn read_kept(
        &self,
        user: UserId,
        viewer: Option<UserId>,
    ) -> Result<HashMap<String, Vec<Item>>, StoreError> {
        let mut of_follows = vec![counts_key(user)];
        of_follows.extend(viewer.map(|viewer| edge_key(viewer, user)));
        let of_presence = vec![presence_key(user)];
        let asked = HashMap::from([
            (
                self.tables.follows.clone(),
                calls::consistently(of_follows)?,
            ),
            (
                self.tables.presence.clone(),
                calls::consistently(of_presence)?,
            ),
        ]);
        calls::read_batch(&self.client, asked).await
    }
}
