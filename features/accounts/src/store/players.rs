use futures_util::{Stream, TryStreamExt};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::players::Player;

pub async fn by_ids(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Player>, db::Error> {
    let players = sqlx::query_as!(
        Player,
        "select id as \"id: Uuid\", screen_name, avatar from users where id = any($1)",
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(players)
}

pub fn stream_all(
    connection: &mut PgConnection,
) -> impl Stream<Item = Result<Player, db::Error>> + Send + '_ {
    sqlx::query_as!(
        Player,
        "select id as \"id: Uuid\", screen_name, avatar from users"
    )
    .fetch(connection)
    .map_err(db::Error::from)
}
