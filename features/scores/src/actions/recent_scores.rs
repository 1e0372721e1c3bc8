//! The latest verified scores.

use kernel::{Cursor, Moment, Page, PageLimit, Tag, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Scores;
use crate::company::Presence;
use crate::error::ScoresError;
use crate::store;

/// A verified score.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentScore {
    pub user_id: UserId,
    pub screen_name: String,
    /// 0–999; clients map it to pictures.
    pub avatar: i16,
    #[schema(example = "chess")]
    pub game_id: String,
    #[schema(example = 42)]
    pub score_delta: u64,
    pub created_at: Moment,
    /// As others see the player. Left out while it can't be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Whether the caller follows the player. Only for a caller who is signed in, and not while it can't be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed: Option<bool>,
}

pub async fn recent_scores(
    scores: &Scores,
    viewer: Option<UserId>,
    game: Option<&Tag>,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<RecentScore>, ScoresError> {
    let list = game.map_or("scores".to_owned(), |game| format!("scores:{game}"));
    let before: i64 = match cursor {
        Some(cursor) => Cursor::read(cursor, &list)?,
        None => i64::MAX,
    };
    let count = limit.get() as i64 + 1;
    let rows =
        store::audit::recent(scores.database.pool(), game.map(Tag::as_str), before, count).await?;
    let page = Page::from_overfetched(rows, limit, |last| Cursor::new(&list, &last.event));
    let mut players: Vec<UserId> = page.items.iter().map(|row| row.user.into()).collect();
    players.sort_unstable();
    players.dedup();
    let seen = scores.look(viewer, &players).await;
    Ok(page.map(|row| {
        let user_id = row.user.into();
        let seen = seen.get(&user_id);
        RecentScore {
            user_id,
            screen_name: row.screen_name,
            avatar: row.avatar,
            game_id: row.game,
            score_delta: row.value.unsigned_abs(),
            created_at: row.created_at.into(),
            presence: seen.map(|seen| seen.presence.clone()),
            followed: seen.and_then(|seen| seen.followed),
        }
    }))
}
