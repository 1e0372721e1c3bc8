//! The index against what one would write by hand: a sorted `Vec` and a `BTreeSet`, each with a `HashMap` from player to standing.
//!
//! Every operation picks a random player of the board. "update" gives that player a new random score, which is the worst case: on a
//! real board most moves are short. Cells that take longer than anybody would wait are left out.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    hint::black_box,
    time::Duration,
};

use criterion::{BatchSize, BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use rank::{Order, PlayerId, RankIndex, Ranked, Standing};

const SIZES: [u64; 3] = [1_000, 100_000, 1_000_000];
const WINDOW: usize = 10;

/// SplitMix64: the same boards in every run, without a dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Like a UUID of version 7: time in front, then chance; always the same for the same number.
fn player(number: u64) -> PlayerId {
    PlayerId(u128::from(number) << 80 | u128::from(Random(number).next()))
}

fn standing(number: u64, random: &mut Random) -> Standing {
    Standing {
        player: player(number),
        score: random.below(10_000_000),
        reached_at: random.below(1 << 50) as i64,
    }
}

trait Board {
    fn load(standings: Vec<Standing>) -> Self;
    fn rank(&self, player: PlayerId) -> u64;
    fn top(&self) -> Vec<Ranked>;
    fn around(&self, player: PlayerId) -> Vec<Ranked>;
    fn update(&mut self, standing: Standing);
}

impl Board for RankIndex {
    fn load(standings: Vec<Standing>) -> Self {
        RankIndex::from_standings(Order::Descending, standings)
    }
    fn rank(&self, player: PlayerId) -> u64 {
        RankIndex::rank(self, player).map_or(0, |ranked| ranked.rank)
    }
    fn top(&self) -> Vec<Ranked> {
        RankIndex::top(self, WINDOW)
    }
    fn around(&self, player: PlayerId) -> Vec<Ranked> {
        RankIndex::around(self, player, WINDOW).unwrap_or_default()
    }
    fn update(&mut self, standing: Standing) {
        black_box(self.set(standing));
    }
}

struct SortedVec {
    order: Vec<Standing>,
    players: HashMap<PlayerId, Standing>,
}

impl SortedVec {
    fn index(&self, standing: &Standing) -> usize {
        self.order
            .partition_point(|entry| Order::Descending.compare(entry, standing).is_lt())
    }

    fn window(&self, start: usize) -> Vec<Ranked> {
        let entries = self.order[start..].iter().take(WINDOW);
        (start as u64 + 1..)
            .zip(entries)
            .map(|(rank, &standing)| Ranked { rank, standing })
            .collect()
    }
}

impl Board for SortedVec {
    fn load(mut standings: Vec<Standing>) -> Self {
        let players = standings
            .iter()
            .map(|&standing| (standing.player, standing))
            .collect();
        standings.sort_unstable_by(|left, right| Order::Descending.compare(left, right));
        Self {
            order: standings,
            players,
        }
    }
    fn rank(&self, player: PlayerId) -> u64 {
        self.index(&self.players[&player]) as u64 + 1
    }
    fn top(&self) -> Vec<Ranked> {
        self.window(0)
    }
    fn around(&self, player: PlayerId) -> Vec<Ranked> {
        let index = self.index(&self.players[&player]);
        self.window(
            index
                .saturating_sub(WINDOW / 2)
                .min(self.order.len() - WINDOW),
        )
    }
    fn update(&mut self, standing: Standing) {
        if let Some(previous) = self.players.insert(standing.player, standing) {
            let index = self.index(&previous);
            self.order.remove(index);
        }
        let index = self.index(&standing);
        self.order.insert(index, standing);
    }
}

type TreeKey = (Reverse<u64>, i64, PlayerId);

fn tree_key(standing: &Standing) -> TreeKey {
    (
        Reverse(standing.score),
        standing.reached_at,
        standing.player,
    )
}

fn ranked((index, key): (usize, &TreeKey)) -> Ranked {
    Ranked {
        rank: index as u64 + 1,
        standing: Standing {
            player: key.2,
            score: key.0.0,
            reached_at: key.1,
        },
    }
}

struct Tree {
    order: BTreeSet<TreeKey>,
    players: HashMap<PlayerId, Standing>,
}

impl Board for Tree {
    fn load(standings: Vec<Standing>) -> Self {
        let players = standings
            .iter()
            .map(|&standing| (standing.player, standing))
            .collect();
        Self {
            order: standings.iter().map(tree_key).collect(),
            players,
        }
    }
    fn rank(&self, player: PlayerId) -> u64 {
        // No count is kept in the tree: there is no other way than to walk.
        self.order.range(..tree_key(&self.players[&player])).count() as u64 + 1
    }
    fn top(&self) -> Vec<Ranked> {
        self.order
            .iter()
            .enumerate()
            .take(WINDOW)
            .map(ranked)
            .collect()
    }
    fn around(&self, player: PlayerId) -> Vec<Ranked> {
        let index = self.rank(player) as usize - 1;
        let start = index
            .saturating_sub(WINDOW / 2)
            .min(self.order.len() - WINDOW);
        self.order
            .iter()
            .enumerate()
            .skip(start)
            .take(WINDOW)
            .map(ranked)
            .collect()
    }
    fn update(&mut self, standing: Standing) {
        if let Some(previous) = self.players.insert(standing.player, standing) {
            self.order.remove(&tree_key(&previous));
        }
        self.order.insert(tree_key(&standing));
    }
}

fn standings(size: u64) -> Vec<Standing> {
    let mut random = Random(size);
    (0..size)
        .map(|number| standing(number, &mut random))
        .collect()
}

/// `walks`: whether the board counts by walking, which is hopeless at a million.
fn measure<B: Board>(criterion: &mut Criterion, name: &str, walks: bool) {
    for size in SIZES {
        let mut board = B::load(standings(size));
        let mut random = Random(7);
        let mut group = |operation: &str, routine: &mut dyn FnMut(&mut B)| {
            let mut group = criterion.benchmark_group(operation);
            group.sampling_mode(SamplingMode::Flat);
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| routine(&mut board))
            });
        };
        group("top 10", &mut |board| _ = black_box(board.top()));
        if !walks || size < 1_000_000 {
            group("rank", &mut |board| {
                _ = black_box(board.rank(player(random.below(size))))
            });
            group("around", &mut |board| {
                _ = black_box(board.around(player(random.below(size))))
            });
        }
        group("update", &mut |board| {
            board.update(standing(random.below(size), &mut random))
        });
    }
}

fn compare(criterion: &mut Criterion) {
    measure::<RankIndex>(criterion, "RankIndex", false);
    measure::<SortedVec>(criterion, "sorted Vec", false);
    measure::<Tree>(criterion, "BTreeSet", true);
}

fn index_alone(criterion: &mut Criterion) {
    for size in SIZES {
        let unsorted = standings(size);
        let board = RankIndex::load(unsorted.clone());
        let sorted: Vec<Standing> = board.iter().map(|ranked| ranked.standing).collect();
        let mut random = Random(11);
        let mut group = criterion.benchmark_group("index");
        group.bench_function(BenchmarkId::new("rank_if", size), |bencher| {
            bencher.iter(|| board.rank_if(&standing(random.below(size), &mut random)));
        });
        group.sample_size(10);
        for (name, input) in [("load unsorted", unsorted), ("load sorted", sorted)] {
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter_batched(|| input.clone(), RankIndex::load, BatchSize::PerIteration);
            });
        }
    }
}

fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! { name = benches; config = quick(); targets = compare, index_alone }
criterion_main!(benches);
