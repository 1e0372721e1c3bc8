//! Turns changes of a board into live events: one when the top 10 has changed, at most one every 100 ms,
//! encoded once and shared by every connection.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use kernel::UserId;
use live::{Event, Topic};
use rank::{Ranked, Standing};
use uuid::Uuid;

use super::view::{write_list, write_number, write_user};
use super::{Board, BoardError, Names, Window};
use crate::company::SeenPlayers;

/// How many places an event shows.
const PLACES: usize = 10;

/// The shortest time between two events of a board.
const INTERVAL: Duration = Duration::from_millis(100);

/// A player whose place among the first ten, or score there, is another than in the event before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shift {
    user: UserId,
    /// None if the player is gone from the board.
    now: Option<(u64, u64)>,
    /// None if the player wasn't among the first ten.
    previous_rank: Option<u64>,
}

/// The board's live events; the first call starts the task that writes them.
///
/// # Errors
/// While the board is being loaded.
pub fn feed(board: &Arc<Board>, names: &Names) -> Result<Topic, BoardError> {
    let mut slot = board.feed.lock();
    if let Some(topic) = slot.as_ref() {
        return Ok(topic.clone());
    }
    let first = board.window(|index| Some(index.top(PLACES)))?;
    let topic = Topic::new(first.version.unsigned_abs());
    *slot = Some(topic.clone());
    let (board, names, handle) = (Arc::clone(board), names.clone(), topic.clone());
    tokio::spawn(async move {
        let last = tokio::sync::Mutex::new(first.entries);
        let publish = || async {
            publish(&board, &names, &handle, &mut *last.lock().await).await;
        };
        let running = live::run_coalesced(&board.changed, INTERVAL, &board.closed, publish);
        // After a panic, which is logged where it happens, clients come back to a feed that begins anew.
        let _ = AssertUnwindSafe(running).catch_unwind().await;
        *board.feed.lock() = None;
        handle.close();
    });
    Ok(topic)
}

/// The event that a client begins with, and its version.
///
/// # Errors
/// While the board is being loaded.
pub async fn snapshot(board: &Board, names: &Names) -> Result<(u64, Bytes), BoardError> {
    let window = board.window(|index| Some(index.top(PLACES)))?;
    names.complete(&window.entries).await;
    Ok((
        window.version.unsigned_abs(),
        encode(board, &window, &[], names),
    ))
}

async fn publish(board: &Board, names: &Names, topic: &Topic, last: &mut Vec<Ranked>) {
    let read = board.read(|version, index| {
        let window = Window {
            version,
            total: index.len() as u64,
            entries: index.top(PLACES),
        };
        let shifts = shifts(last, &window.entries, |standing| {
            index.rank(standing.player)
        });
        (window, shifts)
    });
    let Ok((window, shifts)) = read else {
        return;
    };
    if window.entries == *last {
        return;
    }
    names.complete(&window.entries).await;
    let event = encode(board, &window, &shifts, names);
    if topic.publish(window.version.unsigned_abs(), event) {
        *last = window.entries;
    }
}

/// Who stands otherwise than before.
fn shifts(
    before: &[Ranked],
    now: &[Ranked],
    rank_of: impl Fn(&Standing) -> Option<Ranked>,
) -> Vec<Shift> {
    let user = |entry: &Ranked| UserId::new(Uuid::from_u128(entry.standing.player.0));
    let find = |list: &[Ranked], of: &Ranked| {
        list.iter()
            .find(|entry| entry.standing.player == of.standing.player)
            .copied()
    };
    let moved = now.iter().filter_map(|entry| {
        let previous = find(before, entry);
        let same = |previous: &Ranked| {
            previous.rank == entry.rank && previous.standing.score == entry.standing.score
        };
        (!previous.as_ref().is_some_and(same)).then(|| Shift {
            user: user(entry),
            now: Some((entry.rank, entry.standing.score)),
            previous_rank: previous.map(|previous| previous.rank),
        })
    });
    let left = before
        .iter()
        .filter(|entry| find(now, entry).is_none())
        .map(|entry| Shift {
            user: user(entry),
            now: rank_of(&entry.standing).map(|ranked| (ranked.rank, ranked.standing.score)),
            previous_rank: Some(entry.rank),
        });
    moved.chain(left).collect()
}

fn encode(board: &Board, window: &Window, shifts: &[Shift], names: &Names) -> Bytes {
    let version = window.version.unsigned_abs();
    let mut data = Vec::with_capacity(2048);
    data.extend_from_slice(b"{\"leaderboard\":\"");
    data.extend_from_slice(board.id.as_str().as_bytes());
    data.extend_from_slice(b"\",\"version\":");
    write_number(version, &mut data);
    data.extend_from_slice(b",\"total\":");
    write_number(window.total, &mut data);
    data.extend_from_slice(b",\"entries\":[");
    // The same for all who watch: nothing of how one sees the players. A name that could not be read leaves its entry out
    // rather than the event.
    let unseen = SeenPlayers::new();
    let _ = write_list(&window.entries, &names.directory, &unseen, &mut data);
    data.extend_from_slice(b"],\"changes\":[");
    for (place, shift) in shifts.iter().enumerate() {
        if place > 0 {
            data.push(b',');
        }
        data.extend_from_slice(b"{\"userId\":");
        write_user(shift.user, &mut data);
        for (name, value) in [
            ("rank", shift.now.map(|(rank, _)| rank)),
            ("previousRank", shift.previous_rank),
            ("score", shift.now.map(|(_, score)| score)),
        ] {
            data.extend_from_slice(format!(",\"{name}\":").as_bytes());
            match value {
                Some(value) => write_number(value, &mut data),
                None => data.extend_from_slice(b"null"),
            }
        }
        data.push(b'}');
    }
    data.extend_from_slice(b"]}");
    Event::new()
        .name("leaderboard")
        .id(version)
        .data(&String::from_utf8_lossy(&data))
        .encode()
}

#[cfg(test)]
mod tests {
    use rank::PlayerId;

    use super::*;

    fn entry(rank: u64, player: u128, score: u64) -> Ranked {
        Ranked {
            rank,
            standing: Standing {
                player: PlayerId(player),
                score,
                reached_at: 0,
            },
        }
    }

    fn shift(player: u128, now: Option<(u64, u64)>, previous_rank: Option<u64>) -> Shift {
        Shift {
            user: UserId::new(Uuid::from_u128(player)),
            now,
            previous_rank,
        }
    }

    #[test]
    fn shifts_tell_who_came_moved_and_left() {
        let before = [entry(1, 1, 50), entry(2, 2, 40), entry(3, 3, 30)];
        let now = [entry(1, 1, 50), entry(2, 4, 45), entry(3, 2, 40)];
        let rank_of = |standing: &Standing| (standing.player.0 == 3).then(|| entry(4, 3, 30));
        assert_eq!(
            shifts(&before, &now, rank_of),
            [
                shift(4, Some((2, 45)), None),
                shift(2, Some((3, 40)), Some(2)),
                shift(3, Some((4, 30)), Some(3)),
            ]
        );
        assert_eq!(shifts(&now, &now, rank_of), []);
    }

    #[test]
    fn a_player_who_is_gone_has_no_rank() {
        assert_eq!(
            shifts(&[entry(1, 1, 5)], &[], |_| None),
            [shift(1, None, Some(1))]
        );
    }
}
