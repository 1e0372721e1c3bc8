//! What a list shows of its players beside their scores, asked of whoever knows.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use kernel::{Failure, Moment, Tag, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Scores;
use crate::error::ScoresError;

/// A user's presence, as whoever asks may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// One of the words of `PUT /presence`, or `offline`.
    #[schema(example = "playing")]
    pub status: String,
    pub game_id: Option<Tag>,
    /// Plain text: it may hold what looks like markup.
    pub context: Option<String>,
    /// When the user is offline, should no heartbeat come. Null for `offline`.
    pub expires_at: Option<Moment>,
}

/// A player as somebody else sees them now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    pub presence: Presence,
    /// Whether whoever looks follows the player. None if nobody is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed: Option<bool>,
}

/// What is known of the players of a list. Who is missing is shown without.
pub type SeenPlayers = HashMap<UserId, Seen>;

/// Why nothing is known of other players.
pub type CompanyError = Box<dyn Failure>;

/// Players among each other.
pub trait Company: Send + Sync {
    /// How the viewer sees these players, in as many round trips whatever their number.
    ///
    /// # Errors
    /// When a store is away.
    fn look<'a>(
        &'a self,
        viewer: Option<UserId>,
        players: &'a [UserId],
    ) -> BoxFuture<'a, Result<SeenPlayers, CompanyError>>;

    /// Whom a user follows, up to a limit.
    ///
    /// # Errors
    /// When a store is away.
    fn followed(&self, user: UserId) -> BoxFuture<'_, Result<Vec<UserId>, CompanyError>>;
}

impl Scores {
    /// How the viewer sees these players. Nothing, where that can't be said just now: scores are shown all the same.
    pub(crate) async fn look(&self, viewer: Option<UserId>, players: &[UserId]) -> SeenPlayers {
        let Some(company) = self.company.get().filter(|_| !players.is_empty()) else {
            return SeenPlayers::new();
        };
        company.look(viewer, players).await.unwrap_or_else(|error| {
            tracing::error!(%error, "players are listed without who is online");
            SeenPlayers::new()
        })
    }

    /// Whom a user follows, and the user.
    pub(crate) async fn circle_of(&self, user: UserId) -> Result<Vec<UserId>, ScoresError> {
        let mut circle = match self.company.get() {
            Some(company) => company.followed(user).await.map_err(ScoresError::Company)?,
            None => Vec::new(),
        };
        circle.push(user);
        Ok(circle)
    }
}
