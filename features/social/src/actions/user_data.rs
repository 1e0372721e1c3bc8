//! What this feature does when a user exports or deletes the account.

use accounts::{AfterErasure, UserData};
use futures_util::future::BoxFuture;
use jobs::New;
use kernel::{Moment, UserId};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::Social;
use crate::jobs::Forget;
use crate::model::presence::PresenceView;
use crate::store::{Follow, StoreError, blocks};

/// Edges that are read together.
const AT_ONCE: usize = 1_000;

impl UserData for Social {
    fn section(&self) -> &'static str {
        "social"
    }

    fn export<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Value, db::Error>> {
        Box::pin(async move {
            let blocked = blocks::of_user(&mut *connection, user, None, i64::MAX).await?;
            let blocks = blocked
                .into_iter()
                .map(|(blocked, at)| json!({ "userId": blocked, "blockedAt": Moment(at) }));
            let edges = self.export_edges(user).await.map_err(database_error)?;
            let (following, followers, presence) = edges;
            Ok(json!({
                "following": following,
                "followers": followers,
                "blocks": blocks.collect::<Vec<_>>(),
                "presence": presence,
            }))
        })
    }

    /// Edges may be a hundred thousand, or in another store: a job removes them, however often it has to begin anew. It
    /// is there exactly if the user is gone.
    fn erase<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<AfterErasure, db::Error>> {
        Box::pin(async move {
            let job = New::of(&Forget { user }).unique(user.to_string());
            self.jobs.enqueue(tx, job).await?;
            let nothing: AfterErasure = Box::new(|| ());
            Ok(nothing)
        })
    }
}

impl Social {
    async fn export_edges(
        &self,
        user: UserId,
    ) -> Result<(Vec<Value>, Vec<Value>, Value), StoreError> {
        let store = &*self.store;
        let mut following = Vec::new();
        let mut after = None;
        loop {
            let edges = store.following(user, after, AT_ONCE).await?;
            following.extend(edges.iter().map(|edge| exported(edge.target, edge)));
            match edges.last().filter(|_| edges.len() == AT_ONCE) {
                Some(last) => after = Some(last.target),
                None => break,
            }
        }
        let mut followers = Vec::new();
        let mut after = None;
        loop {
            let edges = store.followers(user, None, after, AT_ONCE).await?;
            followers.extend(edges.iter().map(|edge| exported(edge.user, edge)));
            match edges.last().filter(|_| edges.len() == AT_ONCE) {
                Some(last) => after = Some(last.user),
                None => break,
            }
        }
        let present = store.presence(&[user], self.clock.now()).await?;
        let presence = present
            .first()
            .map(|(_, presence)| PresenceView::whole(presence));
        Ok((following, followers, json!(presence)))
    }
}

fn exported(other: UserId, edge: &Follow) -> Value {
    json!({ "userId": other, "followedAt": Moment(edge.at) })
}

/// The export knows one kind of error. Another store that is away is as good a reason to try again.
fn database_error(error: StoreError) -> db::Error {
    match error {
        StoreError::Database(error) => error,
        StoreError::Away(cause) => {
            db::Error::Unavailable(sqlx::Error::Io(std::io::Error::other(cause)))
        }
    }
}
