//! The made-up players of `--demo`, and the key of the games they play.
//!
//! Nobody can sign in as one of them: they have neither e-mail nor password, and only the server that plays them gets
//! tokens, here, in its own process. [`DemoPlayer`] is proof of being one: no other user's token can be had this way.

use std::collections::HashMap;

use db::Database;
use kernel::{ApiKeyId, Clock, Secret, SessionId, Tag, UserId};
use live::Relay;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::access_token::Bearer;
use crate::model::api_key;
use crate::store::demo as store;
use crate::{Accounts, Error, telling};

/// There is one key: whoever starts a demo puts theirs in its place, so that none piles up.
const KEY: ApiKeyId = ApiKeyId::new(Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_00de_3000));
const KEY_NAME: &str = "Simulated players (--demo)";

/// A player to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewDemoPlayer<'a> {
    /// How a later start finds the player again.
    pub external_id: &'a str,
    /// 1–32 characters, as for everybody.
    pub screen_name: &'a str,
    /// 0–999.
    pub avatar: i16,
}

/// A made-up player who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoPlayer(UserId);

impl DemoPlayer {
    pub fn id(self) -> UserId {
        self.0
    }
}

impl Accounts {
    /// An access token of a made-up player, without a session: it takes no I/O, so each play can have a fresh one.
    pub fn access_token_of(&self, player: DemoPlayer) -> Secret {
        let shared = self.shared();
        let bearer = Bearer {
            user: player.0,
            session: SessionId::new(shared.clock.new_uuid()),
        };
        shared
            .access_tokens
            .write(bearer, shared.clock.new_uuid(), shared.clock.now())
    }
}

/// Makes those who aren't there yet. [`None`] stands for one whose external id belongs to a real player.
///
/// # Errors
/// When the database is away.
pub async fn ensure_players(
    database: &Database,
    clock: &Clock,
    players: &[NewDemoPlayer<'_>],
) -> Result<Vec<Option<DemoPlayer>>, Error> {
    let columns = store::Columns {
        ids: players.iter().map(|_| clock.new_uuid()).collect(),
        external_ids: players.iter().map(|player| player.external_id).collect(),
        screen_names: players.iter().map(|player| player.screen_name).collect(),
        avatars: players.iter().map(|player| player.avatar).collect(),
    };
    store::insert_missing(database.pool(), &columns, clock.now()).await?;
    let found = store::by_external_ids(database.pool(), &columns.external_ids).await?;
    let found: HashMap<String, UserId> = found.into_iter().collect();
    Ok(players
        .iter()
        .map(|player| found.get(player.external_id).copied().map(DemoPlayer))
        .collect())
}

/// A new key that may vouch for these games, in place of the one of an earlier start.
///
/// # Errors
/// When the database is away.
pub async fn replace_key(
    database: &Database,
    clock: &Clock,
    games: &[Tag],
) -> Result<Secret, Error> {
    let (key, hash) = api_key::generate();
    store::put_key(database.pool(), KEY, &hash, KEY_NAME, games, clock.now()).await?;
    Ok(key)
}

/// Removes the key. Whether there was one.
///
/// # Errors
/// When the database is away.
pub async fn delete_key(database: &Database) -> Result<bool, Error> {
    Ok(store::delete_key(database.pool(), KEY).await?)
}

/// Every made-up player, whoever made them, locked until the transaction ends: no play of theirs counts meanwhile.
///
/// # Errors
/// When the database is away.
pub async fn lock_players(connection: &mut PgConnection) -> Result<Vec<UserId>, Error> {
    let ids = store::lock(connection).await?;
    Ok(ids.into_iter().map(UserId::new).collect())
}

/// Deletes those of these players who are made up. To be called once other features have let go of them.
///
/// # Errors
/// When the database is away.
pub async fn delete_players(
    connection: &mut PgConnection,
    players: &[UserId],
) -> Result<u64, Error> {
    let ids: Vec<Uuid> = players.iter().map(|player| player.uuid()).collect();
    let deleted = store::delete(&mut *connection, &ids).await?;
    // Of a server that is none: those that run hear it all.
    telling::tell_deleted(&Relay::new(), connection, players).await?;
    Ok(deleted)
}
