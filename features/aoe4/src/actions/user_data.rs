//! What this feature does when a user exports or deletes the account.

use accounts::{AfterErasure, UserData};
use futures_util::future::BoxFuture;
use kernel::{Moment, UserId};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::Aoe4;
use crate::store::{games, reviews};

/// Matches, or reviews, that are read together.
const AT_ONCE: i64 = 500;

async fn export_reviews(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<Value>, db::Error> {
    let mut exported = Vec::new();
    let mut after = None;
    loop {
        let page = reviews::list(&mut *connection, user, after, AT_ONCE).await?;
        exported.extend(page.iter().map(|review| {
            json!({
                "id": review.id,
                "gameId": review.game,
                "llmModel": review.llm_model,
                "overall": review.overall,
                "generatedAt": Moment(review.generated_at),
            })
        }));
        match page.last().filter(|_| page.len() as i64 == AT_ONCE) {
            Some(last) => after = Some((last.generated_at, last.id)),
            None => return Ok(exported),
        }
    }
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
            let mut exported = Vec::new();
            let mut after = None;
            loop {
                let page = games::list(&mut *connection, user, after, AT_ONCE).await?;
                exported.extend(page.iter().map(|game| {
                    json!({
                        "id": game.id,
                        "playedAt": Moment(game.played_at),
                        "map": game.map,
                        "kind": game.kind,
                        "civilization": game.civilization,
                        "result": game.result,
                    })
                }));
                match page.last().filter(|_| page.len() as i64 == AT_ONCE) {
                    Some(last) => after = Some((last.played_at, last.id)),
                    None => break,
                }
            }
            Ok(json!({ "games": exported, "reviews": export_reviews(connection, user).await? }))
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
