//! The outbox of news: each batch of plays has left a row.

use db::Error;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::actions::news::{Improvement, Overtaken};
use crate::store::commit::signed;

/// What one batch says of one player and game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub user: Uuid,
    pub game: String,
    /// The player's best play before the batch, if there was one, and after it. None where the plays were of long ago.
    pub best: Option<(Option<i64>, i64)>,
}

/// Takes out the news of as many batches, the oldest first, and leaves those to others that they are taking out just now.
/// Gives how many batches that was, too.
pub async fn take(connection: &mut PgConnection, batches: i64) -> Result<(usize, Vec<Row>), Error> {
    let mut taken = sqlx::query!(
        "delete from score_news where id = any(array(
             select id from score_news order by id limit $1 for update skip locked
         ))
         returning id, users, games, best_before as \"best_before: Vec<Option<i64>>\", best",
        batches
    )
    .fetch_all(connection)
    .await?;
    taken.sort_unstable_by_key(|batch| batch.id);
    let count = taken.len();
    let rows = taken.into_iter().flat_map(|batch| {
        let before = batch.best_before.unwrap_or_default();
        let best = before.into_iter().zip(batch.best.unwrap_or_default());
        let best = best.map(Some).chain(std::iter::repeat(None));
        let played = batch.users.into_iter().zip(batch.games).zip(best);
        played.map(|((user, game), best)| Row { user, game, best })
    });
    Ok((count, rows.collect()))
}

/// Whose best lies between what the player's was and what it is, and what the game is called: as its own board, by which it is
/// also decided which scores are better.
pub async fn overtaken(
    pool: &PgPool,
    improvement: &Improvement,
    players: &[Uuid],
) -> Result<(String, Vec<Overtaken>), Error> {
    let rows = sqlx::query!(
        "select stats.user_id, stats.best, board.title as \"title?\"
         from user_game_stats as stats left join leaderboards as board on board.id = stats.game_id
         where stats.user_id = any($1) and stats.game_id = $2
           and case when board.score_order = 'asc'
                    then stats.best > $4 and ($3::bigint is null or stats.best <= $3)
                    else stats.best < $4 and ($3::bigint is null or stats.best >= $3)
               end
         order by stats.user_id",
        players,
        improvement.game.as_str(),
        improvement.before.map(signed),
        signed(improvement.best)
    )
    .fetch_all(pool)
    .await?;
    let title = rows.first().and_then(|row| row.title.clone());
    let title = title.unwrap_or_else(|| improvement.game.to_string());
    let overtaken = rows.into_iter().map(|row| Overtaken {
        player: row.user_id.into(),
        best: row.best.unsigned_abs(),
    });
    Ok((title, overtaken.collect()))
}
