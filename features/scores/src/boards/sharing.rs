//! Changes of boards on their way between servers, so that none has to read a board anew for what another wrote.
//!
//! Invariant: a change is only told once it is committed, and with its version, by which every server puts it in its
//! place. What gets lost on the way is found missing by the versions, and the board is read anew then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use live::{Hearing, Relay};
use parking_lot::Mutex;
use rank::{PlayerId, Standing};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Boards, Change, Changes};

/// The shortest time between two messages: what comes meanwhile goes together.
const INTERVAL: Duration = Duration::from_millis(50);
/// Changes that wait to be told. When there are more, others read the boards anew, which is quicker by then.
const CAPACITY: usize = 20_000;
/// Messages that may be put together in one round, so that users' events aren't crowded out of the relay.
const MESSAGES: usize = 256;
/// Bytes of JSON for the changes of one message, and the most that a part without changes and a change take.
const ROOM: usize = live::MAX_BODY - 100;
const PART: usize = 48;
const CHANGE: usize = 80;
/// Transactions of which not all parts have come, at the most.
const PARTIAL: usize = 64;

const CHANGED: &str = "leaderboards changed";
const LOOK: &str = "look at leaderboards";

/// What is to be told to others, and what others tell in parts.
#[derive(Debug, Default)]
pub struct Sharing {
    relay: Relay,
    outgoing: Mutex<Outgoing>,
    /// Woken when there is something to tell.
    waiting: Notify,
    partial: Mutex<HashMap<(i32, i64), Vec<Change>>>,
    /// Woken when PostgreSQL is to be looked at.
    pub look: Notify,
}

#[derive(Debug, Default)]
struct Outgoing {
    changes: Vec<(i32, Changes)>,
    count: usize,
    /// Others have to look for themselves.
    look: bool,
}

/// Some of what one transaction did to one board.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    #[serde(rename = "n")]
    number: i32,
    #[serde(rename = "v")]
    version: i64,
    /// How many changes there are in all parts.
    #[serde(rename = "t")]
    total: usize,
    #[serde(rename = "c")]
    changes: Vec<Told>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Told {
    Set(Uuid, u64, i64),
    Remove(Uuid),
}

impl Sharing {
    pub fn new(relay: Relay) -> Self {
        Self {
            relay,
            ..Self::default()
        }
    }

    /// Tells the others of a committed change, soon. A server alone does nothing here.
    pub(super) fn tell(&self, number: i32, changes: &Changes) {
        if self.relay.is_alone() {
            return;
        }
        {
            let mut outgoing = self.outgoing.lock();
            outgoing.count += changes.changes.len() + 1;
            if outgoing.count > CAPACITY {
                *outgoing = Outgoing {
                    look: true,
                    ..Outgoing::default()
                };
            } else {
                outgoing.changes.push((number, changes.clone()));
            }
        }
        self.waiting.notify_one();
    }

    /// Tells the others that boards came, went, or count otherwise.
    pub fn tell_to_look(&self) {
        self.outgoing.lock().look = true;
        self.waiting.notify_one();
    }

    /// Tells what waits to be told, until `stop`.
    pub async fn run(&self, stop: &CancellationToken) {
        live::run_coalesced(&self.waiting, INTERVAL, stop, || {
            let outgoing = std::mem::take(&mut *self.outgoing.lock());
            let messages = pack(&outgoing.changes);
            let is_too_much = messages.len() > MESSAGES;
            if !is_too_much {
                for message in messages {
                    self.relay.tell(CHANGED, &message);
                }
            }
            if is_too_much || outgoing.look {
                self.relay.tell(LOOK, &());
            }
            std::future::ready(())
        })
        .await;
    }

    /// The whole of what a transaction did, once its last part has come.
    fn collect(&self, part: Part) -> Option<(i32, Changes)> {
        let (number, version) = (part.number, part.version);
        let changes = part.changes.into_iter().map(Change::from);
        if part.total <= changes.len() {
            let changes = changes.collect();
            return Some((number, Changes { version, changes }));
        }
        let mut partial = self.partial.lock();
        if partial.len() >= PARTIAL {
            // Their other parts were lost.
            partial.clear();
        }
        let collected = partial.entry((number, version)).or_default();
        collected.extend(changes);
        if collected.len() < part.total {
            return None;
        }
        let changes = partial.remove(&(number, version)).unwrap_or_default();
        Some((number, Changes { version, changes }))
    }
}

impl Boards {
    /// What other servers tell.
    #[must_use]
    pub fn hear(self: &Arc<Self>, hearing: Hearing) -> Hearing {
        let (changed, look, missed) = (Arc::clone(self), Arc::clone(self), Arc::clone(self));
        hearing
            .told(CHANGED, move |parts: Vec<Part>| {
                let complete = parts
                    .into_iter()
                    .filter_map(|part| changed.sharing.collect(part));
                for (number, changes) in complete {
                    match changed.by_number(number) {
                        Some(board) => board.apply(changes),
                        None => changed.sharing.look.notify_one(),
                    }
                }
            })
            .told(LOOK, move |()| look.sharing.look.notify_one())
            .missed(move || {
                missed.sharing.partial.lock().clear();
                missed.sharing.look.notify_one();
            })
    }
}

/// Puts changes into as few messages as hold them.
fn pack(changes: &[(i32, Changes)]) -> Vec<Vec<Part>> {
    let mut messages = Vec::new();
    let (mut message, mut room) = (Vec::new(), ROOM);
    for (number, changes) in changes {
        let Some(told) = all_told(&changes.changes) else {
            // A new period: the definition has to be read too, and the board with it.
            continue;
        };
        let mut rest = told.as_slice();
        loop {
            if room < PART + CHANGE {
                messages.push(std::mem::take(&mut message));
                room = ROOM;
            }
            let fitting = ((room - PART) / CHANGE).min(rest.len());
            let (now, later) = rest.split_at(fitting);
            message.push(Part {
                number: *number,
                version: changes.version,
                total: told.len(),
                changes: now.to_vec(),
            });
            room -= PART + CHANGE * fitting;
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
    }
    if !message.is_empty() {
        messages.push(message);
    }
    messages
}

/// None where one of them can't be told.
fn all_told(changes: &[Change]) -> Option<Vec<Told>> {
    let told = changes.iter().map(|change| match change {
        Change::Set(standing, _) => Some(Told::Set(
            Uuid::from_u128(standing.player.0),
            standing.score,
            standing.reached_at,
        )),
        Change::Remove(player) => Some(Told::Remove(Uuid::from_u128(player.0))),
        Change::Clear => None,
    });
    told.collect()
}

impl From<Told> for Change {
    fn from(told: Told) -> Self {
        match told {
            Told::Set(player, score, reached_at) => {
                let player = PlayerId(player.as_u128());
                let standing = Standing {
                    player,
                    score,
                    reached_at,
                };
                Self::Set(standing, None)
            }
            Told::Remove(player) => Self::Remove(PlayerId(player.as_u128())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(player: u128) -> Change {
        let standing = Standing {
            player: PlayerId(u128::MAX - player),
            score: crate::model::MAX_SCORE,
            reached_at: i64::MAX,
        };
        Change::Set(standing, None)
    }

    fn changes(version: i64, changes: Vec<Change>) -> Changes {
        Changes { version, changes }
    }

    /// Over the wire, in this order.
    fn heard(messages: &[Vec<Part>]) -> Vec<(i32, i64, Option<Vec<Told>>)> {
        let sharing = Sharing::default();
        let mut heard = Vec::new();
        for message in messages {
            let json = serde_json::to_string(message).unwrap();
            assert!(json.len() <= live::MAX_BODY, "{}", json.len());
            let parts: Vec<Part> = serde_json::from_str(&json).unwrap();
            heard.extend(parts.into_iter().filter_map(|part| sharing.collect(part)));
        }
        assert!(sharing.partial.lock().is_empty());
        let heard = heard.into_iter();
        heard
            .map(|(number, changes)| (number, changes.version, all_told(&changes.changes)))
            .collect()
    }

    #[test]
    fn what_is_packed_is_heard_whole_however_large() {
        let told = [
            (1, changes(7, vec![set(1), Change::Remove(PlayerId(2))])),
            (i32::MAX, changes(i64::MAX, (0..1000).map(set).collect())),
            (2, changes(8, Vec::new())),
            (1, changes(8, (0..256).map(set).collect())),
        ];
        let messages = pack(&told);
        let full = ROOM / CHANGE;
        assert!((1258 / full..=1258 / full + 3).contains(&messages.len()));
        let expected = told
            .iter()
            .map(|(number, changes)| (*number, changes.version, all_told(&changes.changes)));
        assert_eq!(heard(&messages), expected.collect::<Vec<_>>());
    }

    #[test]
    fn of_a_transaction_that_lost_a_part_nothing_is_heard() {
        let mut messages = pack(&[(1, changes(7, (0..256).map(set).collect()))]);
        assert!(messages.len() > 2);
        messages.remove(1);
        let sharing = Sharing::default();
        for part in messages.into_iter().flatten() {
            assert!(sharing.collect(part).is_none());
        }
    }

    #[test]
    fn a_new_period_is_left_to_those_who_look() {
        let told = [
            (1, changes(7, vec![Change::Clear])),
            (1, changes(8, vec![set(1)])),
        ];
        let messages = pack(&told);
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].len(), 1);
        assert_eq!(messages[0][0].version, 8);
    }

    #[test]
    fn a_server_alone_keeps_nothing_to_tell() {
        let sharing = Sharing::default();
        sharing.tell(1, &changes(7, vec![set(1)]));
        assert!(sharing.outgoing.lock().changes.is_empty());
    }
}
