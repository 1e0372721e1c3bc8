//! How many bytes of heap a player takes in the index, in the worst of the ways in which a board comes about.

use std::process::Stdio;

use anyhow::{Context, Result};
use rank::{Order, PlayerId, RankIndex, Standing};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::allocator::bytes_held_by;
use crate::options::Scale;
use crate::report::{Line, Report, Wanted};

/// Bytes a player, for each way to get there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct BytesEach {
    loaded: f64,
    inserted: f64,
    rising: f64,
    falling: f64,
    moved: f64,
}

pub async fn measure(scale: &Scale, report: &mut Report) -> Result<()> {
    for players in scale.index_sizes {
        report.say(&format!("memory of an index of {players} players"));
        let output = Command::new(std::env::current_exe()?)
            .args(["memory", &players.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output()
            .await?;
        let bytes: BytesEach =
            serde_json::from_slice(&output.stdout).context("counting memory failed")?;
        let ways = [
            bytes.loaded,
            bytes.inserted,
            bytes.rising,
            bytes.falling,
            bytes.moved,
        ];
        let worst = ways.into_iter().fold(0.0, f64::max);
        report.add(
            Line::new(&format!("index memory, {} million players", players as f64 / 1e6), "bytes a player")
                .ours(worst)
                .wanted(Wanted::AtMost(96.0))
                .note(&format!(
                    "the worst of: loaded {:.1}, inserted in random order {:.1}, rising {:.1}, falling {:.1}, loaded and all moved {:.1}",
                    bytes.loaded, bytes.inserted, bytes.rising, bytes.falling, bytes.moved
                )),
        );
    }
    Ok(())
}

/// In a process of its own: prints the counts as JSON.
pub fn count(players: u64) -> Result<()> {
    let each = |build: &dyn Fn() -> RankIndex| {
        let (board, bytes) = bytes_held_by(build);
        drop(board);
        bytes as f64 / players as f64
    };
    let bytes = BytesEach {
        loaded: each(&|| loaded(players)),
        inserted: each(&|| inserted(players, |number| mix(number ^ 1) >> 11)),
        rising: each(&|| inserted(players, |number| number)),
        falling: each(&|| inserted(players, |number| players - number)),
        moved: each(&|| {
            let mut board = loaded(players);
            for number in 0..players {
                board.set(standing(number, mix(number ^ 2) >> 11));
            }
            board
        }),
    };
    println!("{}", serde_json::to_string(&bytes)?);
    Ok(())
}

fn loaded(players: u64) -> RankIndex {
    let standings = (0..players)
        .map(|number| standing(number, mix(number ^ 1) >> 11))
        .collect();
    RankIndex::from_standings(Order::Descending, standings)
}

fn inserted(players: u64, score: impl Fn(u64) -> u64) -> RankIndex {
    let mut board = RankIndex::new(Order::Descending);
    for number in 0..players {
        board.set(standing(number, score(number)));
    }
    board
}

fn standing(number: u64, score: u64) -> Standing {
    Standing {
        player: PlayerId(u128::from(number) << 80 | u128::from(mix(number))),
        score,
        reached_at: number as i64,
    }
}

/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
