//! What this feature does when a user exports or deletes the account.

use accounts::{AfterErasure, UserData};
use futures_util::future::BoxFuture;
use kernel::{Moment, UserId};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::Aoe4;
use crate::store::{games, reviews, syncs, tasks};

/// Matches that are read together.
const GAMES_AT_ONCE: i64 = 500;
/// Reviews, each of which has some 50 KB.
const REVIEWS_AT_ONCE: i64 = 50;

async fn export_games(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<Value>, db::Error> {
    let mut exported = Vec::new();
    let mut after = None;
    loop {
        let page = games::list(&mut *connection, user, after, GAMES_AT_ONCE).await?;
        exported.extend(page.iter().map(|game| {
            json!({
                "id": game.id,
                "playedAt": Moment(game.played_at),
                "map": game.map,
                "kind": game.kind,
                "civilization": game.civilization,
                "opponentCivilizations": game.opponent_civilizations,
                "result": game.result,
                "rating": game.rating,
                "ratingDiff": game.rating_diff,
                "duration": game.duration,
            })
        }));
        match page.last().filter(|_| page.len() as i64 == GAMES_AT_ONCE) {
            Some(last) => after = Some((last.played_at, last.id)),
            None => return Ok(exported),
        }
    }
}

async fn export_reviews(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<Value>, db::Error> {
    let mut exported = Vec::new();
    let mut after = None;
    loop {
        let page = reviews::kept(&mut *connection, user, after, REVIEWS_AT_ONCE).await?;
        exported.extend(page.iter().map(|review| {
            json!({
                "id": review.id,
                "gameId": review.game,
                "llmModel": review.llm_model,
                "fallback": review.fallback,
                "summaryMd": review.summary_md,
                "scores": review.scores,
                "keyMoments": review.key_moments,
                "advice": review.advice,
                "facts": review.facts,
                "compared": review.compared,
                "timeline": review.timeline,
                "shared": review.shared,
                "generatedAt": Moment(review.generated_at),
            })
        }));
        match page.last().filter(|_| page.len() as i64 == REVIEWS_AT_ONCE) {
            Some(last) => after = Some((last.generated_at, last.id)),
            None => return Ok(exported),
        }
    }
}

async fn export_wishes(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<Value>, db::Error> {
    let wishes = tasks::all(connection, user).await?;
    let exported = wishes.into_iter().map(|wish| {
        json!({
            "id": wish.id,
            "gameId": wish.game,
            "state": wish.state,
            "retries": wish.retries,
            "error": wish.error,
            "createdAt": Moment(wish.created_at),
            "endedAt": wish.ended_at.map(Moment),
        })
    });
    Ok(exported.collect())
}

impl UserData for Aoe4 {
    fn section(&self) -> &'static str {
        "aoe4"
    }

    fn export<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        user: UserId,
    ) -> BoxFuture<'a, Result<Value, db::Error>> {
        Box::pin(async move {
            let sync = syncs::state(&mut *connection, user.uuid(), self.clock.now()).await?;
            Ok(json!({
                "profileId": sync.as_ref().and_then(|sync| sync.profile_id),
                "lastSyncAt": sync.and_then(|sync| sync.ended_at).map(Moment),
                "games": export_games(connection, user).await?,
                "reviews": export_reviews(connection, user).await?,
                "reviewTasks": export_wishes(connection, user).await?,
            }))
        })
    }

    /// Everything hangs on the user's row, and goes with it.
    fn erase<'a>(
        &'a self,
        _tx: &'a mut PgConnection,
        _user: UserId,
    ) -> BoxFuture<'a, Result<AfterErasure, db::Error>> {
        Box::pin(async {
            let nothing: AfterErasure = Box::new(|| ());
            Ok(nothing)
        })
    }
}
