//! What others have to hear of: who has played what, and who has become better.

use std::collections::BTreeMap;

use kernel::{Tag, UserId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Scores;
use crate::store::news::{self, Row};

/// Batches of plays that are taken at once: some 8,000 plays at the most.
const BATCHES: i64 = 32;

/// What has happened since the news was taken before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Who has played what, each player and game once. What they have reached is in their stats.
    pub played: Vec<(UserId, Tag)>,
    pub improved: Vec<Improvement>,
    /// Whether there is more to be taken.
    pub more: bool,
}

/// A player has played a game better than ever before. Old scores that were imported are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Improvement {
    pub player: UserId,
    pub game: Tag,
    /// None if the player had never played the game.
    pub before: Option<u64>,
    pub best: u64,
}

impl Scores {
    /// Takes the news out, in the transaction in which whoever must hear of it is told. Of one player and game, it is never
    /// taken in another order than it happened in by one taker; others at the same time get other news.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn take_news(&self, tx: &mut PgConnection) -> Result<News, db::Error> {
        let (batches, rows) = news::take(tx, BATCHES).await?;
        Ok(News {
            more: i64::try_from(batches).is_ok_and(|batches| batches == BATCHES),
            ..unite(rows)
        })
    }

    /// Whom of these players somebody has overtaken by becoming better, by their ids, and what the game is called.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn overtaken(
        &self,
        improvement: &Improvement,
        players: &[UserId],
    ) -> Result<(String, Vec<Overtaken>), db::Error> {
        let players: Vec<Uuid> = players.iter().map(|player| player.uuid()).collect();
        news::overtaken(self.database.pool(), improvement, &players).await
    }
}

/// Somebody whose best is no longer the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overtaken {
    pub player: UserId,
    /// The player's own best, which has been beaten.
    pub best: u64,
}

/// Each player and game once: from what was best before the first row to what is best after the last.
fn unite(rows: Vec<Row>) -> News {
    type Best = Option<(Option<i64>, i64)>;
    let mut played: BTreeMap<(UserId, Tag), Best> = BTreeMap::new();
    for row in rows {
        // What isn't a game's id was written by somebody else.
        let Ok(game) = Tag::new(&row.game) else {
            continue;
        };
        let known = played.entry((row.user.into(), game)).or_default();
        if let Some((before, best)) = row.best {
            let before = known.map_or(before, |(first, _)| first);
            *known = Some((before, best));
        }
    }
    let mut news = News::default();
    for ((player, game), best) in played {
        if let Some((before, best)) = best
            && before != Some(best)
        {
            news.improved.push(Improvement {
                player,
                game: game.clone(),
                before: before.map(i64::unsigned_abs),
                best: best.unsigned_abs(),
            });
        }
        news.played.push((player, game));
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(user: u128, game: &str, best: Option<(Option<i64>, i64)>) -> Row {
        let game = game.to_owned();
        let user = Uuid::from_u128(user);
        Row { user, game, best }
    }

    #[test]
    fn improvements_that_follow_each_other_are_one() {
        let news = unite(vec![
            row(1, "chess", Some((None, 5))),
            row(2, "chess", Some((Some(9), 9))),
            row(1, "chess", None),
            row(1, "chess", Some((Some(5), 7))),
            row(1, "go", Some((Some(3), 4))),
            row(1, "go", Some((Some(4), 4))),
            row(2, "go", None),
        ]);
        let game = |id: &str| Tag::new(id).unwrap();
        let player = |number: u128| UserId::from(Uuid::from_u128(number));
        assert_eq!(
            news.played,
            [
                (player(1), game("chess")),
                (player(1), game("go")),
                (player(2), game("chess")),
                (player(2), game("go"))
            ]
        );
        let improved = |game, before, best| Improvement {
            player: player(1),
            game,
            before,
            best,
        };
        assert_eq!(
            news.improved,
            [
                improved(game("chess"), None, 7),
                improved(game("go"), Some(3), 4)
            ]
        );
    }
}
