use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use compact_str::CompactString;
use db::Database;
use futures_util::TryStreamExt;
use hashbrown::HashMap;
use kernel::UserId;
use parking_lot::{RwLock, RwLockReadGuard};
use rank::{PlayerId, Ranked};
use uuid::Uuid;

use super::Boards;

/// What a leaderboard shows of a player beside the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// As a JSON string, quotes included: it is written a thousand times for each time it changes. Most names lie in
    /// the table itself, where finding the player has brought them into the processor's cache.
    pub screen_name: CompactString,
    pub avatar: i16,
}

/// The names of everybody on a board. Complete for the players that were asked for; whoever misses one reads
/// it from PostgreSQL and puts it here.
#[derive(Clone, Debug, Default)]
pub struct Directory(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    players: RwLock<HashMap<u128, Player>>,
    /// Counts the changes of names, so that encoded pages know when they are old.
    epoch: AtomicU64,
}

impl Player {
    pub fn new(screen_name: &str, avatar: i16) -> Self {
        Self {
            screen_name: serde_json::Value::from(screen_name).to_string().into(),
            avatar,
        }
    }
}

impl Directory {
    pub fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::Acquire)
    }

    pub fn read(&self) -> RwLockReadGuard<'_, HashMap<u128, Player>> {
        self.0.players.read()
    }

    fn missing(&self, users: impl IntoIterator<Item = Uuid>) -> Vec<Uuid> {
        let players = self.read();
        users
            .into_iter()
            .filter(|user| !players.contains_key(&user.as_u128()))
            .collect()
    }

    /// Adds players, unless they are there: what a profile change wrote is newer than what a read found.
    pub fn add(&self, players: impl IntoIterator<Item = accounts::players::Player>) {
        let mut map = self.0.players.write();
        for player in players {
            map.entry(player.id.uuid().as_u128())
                .or_insert_with(|| Player::new(&player.screen_name, player.avatar));
        }
    }

    /// A player has changed name or avatar.
    pub fn change(&self, user: UserId, player: Player) {
        let former = self.0.players.write().insert(user.uuid().as_u128(), player);
        // A new user is on no page yet.
        if former.is_some() {
            self.0.epoch.fetch_add(1, Ordering::AcqRel);
        }
    }

    pub fn remove(&self, user: UserId) {
        self.0.players.write().remove(&user.uuid().as_u128());
        self.0.epoch.fetch_add(1, Ordering::AcqRel);
    }
}

/// The directory, and where to read what it lacks.
#[derive(Clone, Debug)]
pub struct Names {
    pub directory: Directory,
    pub database: Database,
}

impl Names {
    /// Reads the names of those of these entries whose names are missing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self, entries: &[Ranked]) -> Result<(), db::Error> {
        let players = entries
            .iter()
            .map(|entry| Uuid::from_u128(entry.standing.player.0));
        let missing = self.directory.missing(players);
        if !missing.is_empty() {
            let mut connection = self.database.pool().acquire().await?;
            let found = accounts::players::by_ids(&mut connection, &missing).await?;
            self.directory.add(found);
        }
        Ok(())
    }

    /// Reads the names of everybody who is on a board, so that hardly any is missing later.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read_all(&self, boards: &Boards) -> Result<(), db::Error> {
        const BATCH: usize = 10_000;
        let boards = boards.all();
        let plays = |player: &accounts::players::Player| {
            let id = PlayerId(player.id.uuid().as_u128());
            boards.iter().any(|board| {
                board
                    .read(|_, index| index.get(id).is_some())
                    .unwrap_or(false)
            })
        };
        let mut connection = self.database.pool().acquire().await?;
        let mut users = pin!(accounts::players::stream_all(&mut connection));
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(player) = users.try_next().await? {
            if plays(&player) {
                batch.push(player);
            }
            if batch.len() == BATCH {
                self.directory.add(batch.drain(..));
            }
        }
        self.directory.add(batch);
        Ok(())
    }

    /// The same, where an entry without a name can be left out.
    pub async fn complete(&self, entries: &[Ranked]) {
        if let Err(error) = self.read(entries).await {
            tracing::error!(%error, "database error");
        }
    }
}
