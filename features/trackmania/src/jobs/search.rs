//! Looks for new records on a mapper's maps.

use std::time::Duration;

use ::jobs::{Done, Job, JobError, Queue, Running};
use jiff::Timestamp;
use kernel::Moment;
use serde::{Deserialize, Serialize};

use super::later;
use crate::actions::look::{Looked, Question, look};
use crate::actions::{mapper, names, records};
use crate::model::account::AccountId;
use crate::model::map::plain;
use crate::model::search::{LookedAt, Mode};
use crate::{Error, Trackmania};

#[derive(Debug, Serialize, Deserialize)]
pub struct SearchRecords {
    pub target: Target,
    pub since: Timestamp,
    pub mode: Mode,
    pub wished_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// By their id at Trackmania Exchange.
    Mapper(i64),
    /// By its uid.
    Map(String),
}

impl Job for SearchRecords {
    const KIND: &'static str = "trackmania.search";
    /// Several take turns rather than one after the other: what they ask is held to one pace anyway.
    const QUEUE: Queue = Queue::new("trackmania", 2);
    /// Ten thousand maps at two a second take an hour and a half.
    const TIMEOUT: Duration = Duration::from_secs(2 * 60 * 60);
}

/// What `GET /jobs/{jobId}` shows in the end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchResult {
    mode: Mode,
    since: Moment,
    /// Maps that there are.
    maps: usize,
    /// The newest first, a thousand at most.
    records: Vec<FoundRecord>,
    /// All new records.
    total: usize,
    /// Whether every map could be looked at.
    complete: bool,
    missing: Vec<MissingMap>,
    /// `fast` alone: maps of which it was not known how many have a record, so that it can't be told who is new.
    taken_stock: Vec<String>,
    /// Maps of which only the best thousand were looked at.
    cut: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FoundRecord {
    map_uid: String,
    map_name: String,
    position: i64,
    account_id: String,
    name: Option<String>,
    /// Milliseconds; points on maps that aren't races.
    time: i64,
    driven_at: Moment,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MissingMap {
    map_uid: String,
    map_name: String,
    /// A sentence.
    error: String,
}

pub async fn run(
    job: SearchRecords,
    trackmania: Trackmania,
    running: Running,
) -> Result<Done, JobError> {
    running.progress(0, 0, "asking which maps there are");
    let maps = maps(&trackmania, &job.target).await.map_err(later)?;
    let count = maps.len();
    let question = Question {
        since: job.since,
        mode: job.mode,
        wished_at: job.wished_at,
    };
    let looked = look(&trackmania, maps, question, &running)
        .await
        .map_err(later)?;
    let result = result(&trackmania, &job, count, looked)
        .await
        .map_err(later)?;
    Done::with(&result)
}

async fn maps(trackmania: &Trackmania, target: &Target) -> Result<Vec<LookedAt>, Error> {
    match target {
        Target::Mapper(id) => Ok(mapper::made(&trackmania.exchange, *id).await?.maps),
        Target::Map(uid) => {
            let map = records::map(trackmania, uid).await?;
            Ok(vec![LookedAt {
                name: plain(&map.name),
                is_race: map.is_race,
                uid: map.uid,
            }])
        }
    }
}

async fn result(
    trackmania: &Trackmania,
    job: &SearchRecords,
    maps: usize,
    looked: Looked,
) -> Result<SearchResult, Error> {
    let listed = looked.records.iter();
    let accounts: Vec<AccountId> = listed.clone().map(|new| new.record.account).collect();
    let names = names::of(trackmania, &trackmania.nadeo, &accounts).await?;
    let records = listed.map(|new| FoundRecord {
        map_uid: new.map.uid.clone(),
        map_name: new.map.name.clone(),
        position: new.record.position,
        account_id: new.record.account.to_string(),
        name: names.get(&new.record.account).cloned(),
        time: new.record.time,
        driven_at: Moment(new.driven_at),
    });
    let missing = looked.missing.into_iter().map(|(map, error)| MissingMap {
        map_uid: map.uid,
        map_name: map.name,
        error,
    });
    let missing: Vec<MissingMap> = missing.collect();
    let uids = |maps: Vec<LookedAt>| maps.into_iter().map(|map| map.uid).collect();
    Ok(SearchResult {
        mode: job.mode,
        since: Moment(job.since),
        maps,
        records: records.collect(),
        total: looked.total,
        complete: missing.is_empty(),
        missing,
        taken_stock: uids(looked.taken_stock),
        cut: uids(looked.cut),
    })
}
