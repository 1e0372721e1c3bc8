//! Followers, presence and pages, joined with scores and notifications.

use std::sync::Arc;

use ::jobs::{Done, JobError, Registry, Running};
use ::social::{
    BoardRank, Followed, GameStats, Games, GamesError, GamesPosition, PlayedGame, Social,
    SocialStore,
};
use db::Database;
use futures_util::future::BoxFuture;
use kernel::UserId;
use notifications::Notifications;
use notifications::event::{Event, NEW_FOLLOWER};
use scores::{Company, CompanyError, GamePosition, Scores, SeenPlayers};

/// What players have played: by the copy in the store of followers if it keeps one, by the scores otherwise, which know the
/// ranks in either case.
pub struct ScoredGames {
    pub scores: Scores,
    pub store: Arc<dyn SocialStore>,
}

impl Games for ScoredGames {
    fn recent(
        &self,
        player: UserId,
        after: Option<GamesPosition>,
        at_most: usize,
    ) -> BoxFuture<'_, Result<Vec<GameStats>, GamesError>> {
        Box::pin(async move {
            let kept = self.store.recent_games(player, after.as_ref(), at_most);
            let kept = kept
                .await
                .map_err(|error| -> GamesError { Box::new(error) })?;
            if let Some(kept) = kept {
                return Ok(self.ranked(player, kept));
            }
            let after = after.map(|position| GamePosition {
                last_played_at: position.last_played_at,
                game: position.game,
            });
            let games = self.scores.games_of(player, after.as_ref(), at_most).await;
            let games = games.map_err(|error| -> GamesError { Box::new(error) })?;
            let games = games.into_iter().map(|stats| GameStats {
                game: stats.game,
                best: stats.best,
                last: stats.last,
                plays: stats.plays,
                last_played_at: stats.last_played_at,
                rank: stats.rank,
            });
            Ok(games.collect())
        })
    }

    fn ranks(&self, player: UserId, at_most: usize) -> Vec<BoardRank> {
        let ranks = self.scores.ranks_of(player, at_most).into_iter();
        ranks
            .map(|place| BoardRank {
                leaderboard: place.leaderboard,
                game: place.game,
                title: place.title,
                rank: place.rank,
                total: place.total,
                score: place.score,
            })
            .collect()
    }
}

/// How players see each other, by the social feature.
pub struct SocialCompany(pub Social);

impl Company for SocialCompany {
    fn look<'a>(
        &'a self,
        viewer: Option<UserId>,
        players: &'a [UserId],
    ) -> BoxFuture<'a, Result<SeenPlayers, CompanyError>> {
        Box::pin(async move {
            let seen = self.0.look(viewer, players).await;
            let seen = seen.map_err(|error| -> CompanyError { Box::new(error) })?;
            let seen = seen.into_iter().map(|(player, seen)| {
                let presence = scores::Presence {
                    status: seen.presence.status,
                    game_id: seen.presence.game_id,
                    context: seen.presence.context,
                    expires_at: seen.presence.expires_at,
                };
                let followed = viewer.map(|_| seen.followed);
                (player, scores::Seen { presence, followed })
            });
            Ok(seen.collect())
        })
    }

    fn followed(&self, user: UserId) -> BoxFuture<'_, Result<Vec<UserId>, CompanyError>> {
        Box::pin(async move {
            let followed = self.0.followed(user).await;
            followed.map_err(|error| -> CompanyError { Box::new(error) })
        })
    }
}

impl ScoredGames {
    fn ranked(&self, player: UserId, games: Vec<PlayedGame>) -> Vec<GameStats> {
        let ranked = games.into_iter().map(|played| GameStats {
            rank: self.scores.rank_in(player, &played.game),
            game: played.game,
            best: played.best,
            last: played.last,
            plays: played.plays,
            last_played_at: played.last_played_at,
        });
        ranked.collect()
    }
}

/// What a job needs that tells somebody of something.
#[derive(Clone)]
struct Telling {
    database: Database,
    social: Social,
    notifications: Notifications,
}

/// Adds the handlers of what features tell each other's users.
pub fn register_jobs(
    registry: &mut Registry,
    database: &Database,
    social: &Social,
    notifications: &Notifications,
) {
    let telling = Telling {
        database: database.clone(),
        social: social.clone(),
        notifications: notifications.clone(),
    };
    registry.register(telling, tell_of_follower);
}

async fn tell_of_follower(
    job: Followed,
    telling: Telling,
    running: Running,
) -> Result<Done, JobError> {
    let follower = telling.social.still_follows(&job).await;
    let Some(follower) = follower.map_err(JobError::retry)? else {
        return Ok(Done::empty());
    };
    let title = format!("{} follows you", follower.screen_name);
    let event = Event::new(&NEW_FOLLOWER, &title, "")
        .link(&format!("/users/{}", follower.id))
        // Who follows, stops and follows again is told of once.
        .about(follower.id.to_string());
    let mut tx = telling.database.begin().await?;
    telling
        .notifications
        .notify(&mut tx, job.target, &event)
        .await?;
    running.complete(tx).await
}
