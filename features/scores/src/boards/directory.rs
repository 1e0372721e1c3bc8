use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use compact_str::CompactString;
use db::Database;
use futures_util::TryStreamExt;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use kernel::UserId;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use rank::{PlayerId, Ranked};
use tokio::sync::Notify;
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
///
/// Invariant: a name that was read before it changed is never put here after the change was told of. So whoever reads
/// says since when: by the epoch, taken before reading.
#[derive(Clone, Debug, Default)]
pub struct Directory(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    players: RwLock<HashMap<u128, Player>>,
    /// Counts the changes of names, so that encoded pages know when they are old.
    epoch: AtomicU64,
    /// Locked while `players` is, if both are.
    forgotten: Mutex<Forgotten>,
}

/// Whose name changed when, by epoch.
#[derive(Debug, Default)]
struct Forgotten {
    players: HashMap<u128, u64>,
    /// What was read before this may be of anybody who is not in `players` any more.
    floor: u64,
}

/// Changes of names that are told apart. A read that began before the oldest of them is made again.
const REMEMBERED: usize = 10_000;

impl Forgotten {
    fn add(&mut self, player: u128, epoch: u64) {
        if self.players.len() >= REMEMBERED {
            self.players.clear();
            self.floor = epoch;
        }
        self.players.insert(player, epoch);
    }

    /// Whether a read that began at `since` may have found the name from before a change.
    fn is_newer(&self, player: u128, since: u64) -> bool {
        since < self.floor || self.players.get(&player).is_some_and(|at| *at > since)
    }
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

    fn missing(&self, users: &[Uuid]) -> Vec<Uuid> {
        let players = self.read();
        users
            .iter()
            .filter(|user| !players.contains_key(&user.as_u128()))
            .copied()
            .collect()
    }

    /// Puts what a read found that began at the epoch `since`. False if some of it was left out, since it has changed.
    pub fn put(
        &self,
        since: u64,
        found: impl IntoIterator<Item = accounts::players::Player>,
    ) -> bool {
        let (mut complete, mut differs) = (true, false);
        let mut players = self.0.players.write();
        let forgotten = self.0.forgotten.lock();
        for found in found {
            let id = found.id.uuid().as_u128();
            if forgotten.is_newer(id, since) {
                complete = false;
                continue;
            }
            let player = Player::new(&found.screen_name, found.avatar);
            match players.entry(id) {
                Entry::Vacant(vacant) => drop(vacant.insert(player)),
                Entry::Occupied(present) if *present.get() == player => {}
                Entry::Occupied(mut present) => {
                    present.insert(player);
                    differs = true;
                }
            }
        }
        if differs {
            self.0.epoch.fetch_add(1, Ordering::AcqRel);
        }
        complete
    }

    /// Puts the name of somebody who has just signed up, unless it has changed since.
    pub fn welcome(&self, user: UserId, player: Player) {
        let id = user.uuid().as_u128();
        let mut players = self.0.players.write();
        if !self.0.forgotten.lock().players.contains_key(&id) {
            players.entry(id).or_insert(player);
        }
    }

    /// A player has another name or avatar, or is gone: whoever needs the name reads it. Whether it was here.
    pub fn forget(&self, user: UserId) -> bool {
        let id = user.uuid().as_u128();
        let mut players = self.0.players.write();
        let epoch = self.0.epoch.fetch_add(1, Ordering::AcqRel) + 1;
        self.0.forgotten.lock().add(id, epoch);
        players.remove(&id).is_some()
    }
}

/// How often a name is read that changes all the time, before a page goes without it.
const TRIES: usize = 3;

/// The directory, and where to read what it lacks.
#[derive(Clone, Debug)]
pub struct Names {
    pub directory: Directory,
    pub database: Database,
    /// Names may have changed without a word: all are to be read.
    pub stale: Arc<Notify>,
}

impl Names {
    /// Reads the names of those of these entries whose names are missing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read(&self, entries: &[Ranked]) -> Result<(), db::Error> {
        let players: Vec<Uuid> = entries
            .iter()
            .map(|entry| Uuid::from_u128(entry.standing.player.0))
            .collect();
        self.read_players(&players).await
    }

    /// The same for players.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read_players(&self, players: &[Uuid]) -> Result<(), db::Error> {
        // Again where a name has changed while it was read, which hardly happens twice.
        for _ in 0..TRIES {
            let since = self.directory.epoch();
            let missing = self.directory.missing(players);
            if missing.is_empty() {
                break;
            }
            let mut connection = self.database.pool().acquire().await?;
            let found = accounts::players::by_ids(&mut connection, &missing).await?;
            if self.directory.put(since, found) {
                break;
            }
        }
        Ok(())
    }

    /// Reads the names of everybody who is on a board, so that hardly any is missing later, and none is wrong.
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
        let since = self.directory.epoch();
        let mut connection = self.database.pool().acquire().await?;
        let mut users = pin!(accounts::players::stream_all(&mut connection));
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(player) = users.try_next().await? {
            if plays(&player) {
                batch.push(player);
            }
            if batch.len() == BATCH {
                self.directory.put(since, batch.drain(..));
            }
        }
        self.directory.put(since, batch);
        Ok(())
    }

    /// The same, where an entry without a name can be left out.
    pub async fn complete(&self, entries: &[Ranked]) {
        if let Err(error) = self.read(entries).await {
            tracing::error!(%error, "database error");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(number: u128, name: &str) -> accounts::players::Player {
        accounts::players::Player {
            id: UserId::new(Uuid::from_u128(number)),
            screen_name: name.to_owned(),
            avatar: 0,
        }
    }

    fn name(directory: &Directory, number: u128) -> Option<String> {
        let players = directory.read();
        players
            .get(&number)
            .map(|player| player.screen_name.to_string())
    }

    #[test]
    fn a_name_that_was_read_before_it_changed_is_not_put_after() {
        let directory = Directory::default();
        let since = directory.epoch();
        directory.forget(player(1, "").id);
        assert!(!directory.put(since, [player(1, "old"), player(2, "other")]));
        assert_eq!(name(&directory, 1), None);
        assert_eq!(name(&directory, 2).as_deref(), Some("\"other\""));
        assert!(directory.put(directory.epoch(), [player(1, "new")]));
        assert_eq!(name(&directory, 1).as_deref(), Some("\"new\""));
    }

    #[test]
    fn a_newcomer_who_was_renamed_meanwhile_is_not_welcomed_by_the_former_name() {
        let directory = Directory::default();
        let (new, renamed) = (player(1, "").id, player(2, "").id);
        assert!(!directory.forget(renamed));
        directory.welcome(new, Player::new("new", 0));
        directory.welcome(renamed, Player::new("old", 0));
        assert_eq!(name(&directory, 1).as_deref(), Some("\"new\""));
        assert_eq!(name(&directory, 2), None);
        assert!(directory.forget(new));
    }

    #[test]
    fn what_is_read_anew_takes_the_place_of_what_was_there_and_ages_pages() {
        let directory = Directory::default();
        directory.put(0, [player(1, "one")]);
        let before = directory.epoch();
        directory.put(before, [player(1, "one")]);
        assert_eq!(directory.epoch(), before);
        directory.put(before, [player(1, "another")]);
        assert!(directory.epoch() > before);
        assert_eq!(name(&directory, 1).as_deref(), Some("\"another\""));
    }

    #[test]
    fn changes_that_are_forgotten_refuse_all_reads_from_before() {
        let directory = Directory::default();
        let since = directory.epoch();
        for number in 0..=REMEMBERED as u128 {
            directory.forget(player(number, "").id);
        }
        assert!(!directory.put(since, [player(0, "old")]));
        assert!(directory.0.forgotten.lock().players.len() <= REMEMBERED);
        assert!(directory.put(directory.epoch(), [player(0, "new")]));
    }
}
