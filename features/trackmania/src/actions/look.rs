//! What is new on many maps.
//!
//! Invariants:
//! - What could not be looked at is named: a service that fails half-way costs the rest, not what was found.
//! - Every leaderboard is asked for once, whoever else has looked at it since the search was wished for.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};

use ::jobs::Running;
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::records::board_since;
use super::trying::Trying;
use crate::model::board::Record;
use crate::model::search::{LookedAt, Mode, NewRecord, Newest, new_records};
use crate::store::positions::{self, Seen};
use crate::upstream::{Nadeo, POSITIONS, RECORDS};
use crate::{Error, Trackmania};

/// Maps that are looked at a time: a few more than calls that may be under way, so that none of their places is empty while
/// answers are read. A person who asks for one map waits in the same line, behind these at most.
const AT_A_TIME: usize = 6;
/// Pages of a leaderboard that are read.
const MOST_PAGES: usize = 10;

/// What is wanted to be known.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// What was driven since then.
    pub since: Timestamp,
    pub mode: Mode,
    /// What was told since then is new enough.
    pub wished_at: Timestamp,
}

/// What was found out.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The newest first.
    pub records: Vec<NewRecord>,
    /// All of them, also those that are too old to be listed among so many.
    pub total: usize,
    /// What could not be looked at, and why.
    pub missing: Vec<(LookedAt, String)>,
    /// Of which nobody knew before how many have a record, so that it can't be told whether somebody new has.
    pub taken_stock: Vec<LookedAt>,
    /// With more records than are read: of theirs, only the best were looked at.
    pub cut: Vec<LookedAt>,
}

/// # Errors
/// When the database is away.
pub async fn look(
    trackmania: &Trackmania,
    maps: Vec<LookedAt>,
    question: Question,
    running: &Running,
) -> Result<Looked, Error> {
    let looking = Looking {
        trackmania,
        nadeo: trackmania.nadeo.patient(),
        question,
        running,
        total: maps.len() as u64,
        done: AtomicU64::new(0),
        trying: Trying::default(),
        waiting: Mutex::default(),
        newest: Mutex::default(),
    };
    let mut looked = Looked::default();
    let maps = match question.mode {
        Mode::Accurate => maps,
        Mode::Fast => looking.moved(maps, &mut looked).await?,
    };
    looking.waiting.lock().extend(maps);
    let read = try_join_all((0..AT_A_TIME).map(|_| looking.read_all())).await?;
    for read in read {
        looked.missing.extend(read.missing);
        looked.cut.extend(read.cut);
    }
    (looked.records, looked.total) = looking.newest.into_inner().finish();
    Ok(looked)
}

struct Looking<'a> {
    trackmania: &'a Trackmania,
    nadeo: Nadeo,
    question: Question,
    running: &'a Running,
    total: u64,
    done: AtomicU64,
    trying: Trying,
    /// Those that are still to be read.
    waiting: Mutex<VecDeque<LookedAt>>,
    newest: Mutex<Newest>,
}

impl Looking<'_> {
    /// Those maps on which something moved since then, as far as that is known.
    async fn moved(
        &self,
        maps: Vec<LookedAt>,
        looked: &mut Looked,
    ) -> Result<Vec<LookedAt>, Error> {
        let pool = self.trackmania.database.pool();
        let mut moved = Vec::new();
        for maps in maps.chunks(POSITIONS) {
            let uids: Vec<&str> = maps.iter().map(|map| map.uid.as_str()).collect();
            let (seen, why) = match self.trying.ask(|| self.positions(&uids).boxed()).await? {
                Ok(told) => {
                    let now = self.trackmania.clock.now();
                    let why = "Trackmania didn't tell how many have a record.".to_owned();
                    (positions::see(pool, &told, now).await?, why)
                }
                Err(why) => (HashMap::new(), why),
            };
            for map in maps.iter().cloned() {
                match seen.get(&map.uid).map(|seen| self.is_moved(seen)) {
                    Some(Some(true)) => moved.push(map),
                    Some(Some(false)) => self.done(&map),
                    Some(None) => {
                        self.done(&map);
                        looked.taken_stock.push(map);
                    }
                    None => {
                        self.done(&map);
                        looked.missing.push((map, why.clone()));
                    }
                }
            }
        }
        Ok(moved)
    }

    /// None where it was looked at too late to say.
    fn is_moved(&self, seen: &Seen) -> Option<bool> {
        let since = self.question.since;
        match seen.moved_at {
            Some(moved_at) if moved_at >= since => Some(true),
            _ => (seen.since <= since).then_some(false),
        }
    }

    async fn positions(&self, uids: &[&str]) -> Result<HashMap<String, i64>, Error> {
        Ok(self.nadeo.positions(uids).await?)
    }

    /// Reads one map after the other, until none waits. What is new is put to what the others find.
    async fn read_all(&self) -> Result<Looked, Error> {
        let mut looked = Looked::default();
        loop {
            let next = self.waiting.lock().pop_front();
            let Some(map) = next else { return Ok(looked) };
            let told = self.trying.ask(|| self.records(&map.uid).boxed()).await?;
            self.done(&map);
            match told {
                Ok((records, whole)) => {
                    let new = new_records(&map, records, self.question.since);
                    self.newest.lock().add(new);
                    if !whole {
                        looked.cut.push(map);
                    }
                }
                Err(why) => looked.missing.push((map, why)),
            }
        }
    }

    /// A map's records, and whether those are all.
    async fn records(&self, uid: &str) -> Result<(Vec<Record>, bool), Error> {
        let wished_at = self.question.wished_at;
        let first = board_since(self.trackmania, &self.nadeo, uid, wished_at).await?;
        let (mut records, mut is_full) = (first.records, first.is_full);
        for page in 1..MOST_PAGES {
            if !is_full {
                break;
            }
            let next = self.nadeo.board(uid, page * RECORDS).await?;
            is_full = next.is_full;
            records.extend(next.records);
        }
        // Who is overtaken in the meantime is on two pages.
        let mut seen = HashSet::new();
        records.retain(|record| seen.insert(record.account));
        Ok((records, !is_full))
    }

    fn done(&self, map: &LookedAt) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.running.progress(done, self.total, &map.name);
    }
}
