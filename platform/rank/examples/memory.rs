//! Prints how many bytes of heap a player takes, counted by the allocator, and how long loading and inserting took.
//!
//! `cargo run --release -p grandstand-rank --example memory`; pass numbers of players to measure others than 1 and 10 million.

#![allow(
    unsafe_code,
    reason = "a global allocator can't be had without, and only it knows what is really allocated"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Instant,
};

use rank::{Order, PlayerId, RankIndex, Standing};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed to the system's allocator unchanged; the rest only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        // SAFETY: the caller keeps to the contract of `alloc`, which is ours too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the pointer came from `alloc` above, with the same layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn standing(number: u64, score: u64) -> Standing {
    let player = PlayerId(u128::from(number) << 80 | u128::from(mix(number)));
    Standing {
        player,
        score,
        reached_at: number as i64,
    }
}

/// Builds a board, and prints what it holds, what it says that it holds, and the peak on the way, per player.
fn report(name: &str, players: u64, build: impl FnOnce() -> RankIndex) {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let started = Instant::now();
    let board = build();
    let took = started.elapsed();
    let per_player = |bytes: usize| bytes as f64 / players as f64;
    println!(
        "{players:>10}  {name:<32} {:>6.1}  {:>6.1}  {:>6.1}  {:>8.2} s",
        per_player(HELD.load(Relaxed) - before),
        per_player(board.memory_bytes()),
        per_player(PEAK.load(Relaxed) - before),
        took.as_secs_f64(),
    );
}

fn insert_all(players: u64, score: impl Fn(u64) -> u64) -> RankIndex {
    let mut board = RankIndex::new(Order::Descending);
    for number in 0..players {
        board.set(standing(number, score(number)));
    }
    board
}

fn main() {
    let given: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if given.is_empty() {
        vec![1_000_000, 10_000_000]
    } else {
        given
    };
    println!(
        "{:>10}  {:<32} {:>6}  {:>6}  {:>6}",
        "players", "bytes a player", "heap", "gauge", "peak"
    );
    for players in sizes {
        // The input is counted in the peak, as it is when a board is loaded from a database.
        report("bulk load", players, || {
            let standings = (0..players)
                .map(|number| standing(number, mix(number ^ 1) >> 11))
                .collect();
            RankIndex::from_standings(Order::Descending, standings)
        });
        report("random inserts", players, || {
            insert_all(players, |number| mix(number ^ 1) >> 11)
        });
        report("scores that only rise", players, || {
            insert_all(players, |number| number)
        });
        report("scores that only fall", players, || {
            insert_all(players, |number| players - number)
        });
        report("bulk load, then all moved once", players, || {
            let standings = (0..players)
                .map(|number| standing(number, mix(number ^ 1) >> 11))
                .collect();
            let mut board = RankIndex::from_standings(Order::Descending, standings);
            for number in 0..players {
                board.set(standing(number, mix(number ^ 2) >> 11));
            }
            board
        });
    }
}
