//! A board as one would write it without caring for speed.

use crate::{Change, Order, PlayerId, Ranked, Standing};

pub(super) struct Model {
    order: Order,
    pub(super) standings: Vec<Standing>,
}

impl Model {
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            standings: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, standing: Standing) -> Change {
        let previous = self.remove(standing.player);
        self.standings.push(standing);
        self.sort();
        Change {
            previous,
            current: self.rank(standing.player).expect("just added"),
        }
    }

    pub(super) fn remove(&mut self, player: PlayerId) -> Option<Ranked> {
        let found = self.rank(player)?;
        self.standings.retain(|standing| standing.player != player);
        Some(found)
    }

    pub(super) fn rank(&self, player: PlayerId) -> Option<Ranked> {
        self.all()
            .into_iter()
            .find(|ranked| ranked.standing.player == player)
    }

    pub(super) fn rank_if(&self, standing: &Standing) -> u64 {
        let mut other = Self {
            order: self.order,
            standings: self.standings.clone(),
        };
        other.set(*standing).current.rank
    }

    pub(super) fn page(&self, from_rank: u64, count: usize) -> Vec<Ranked> {
        self.all()
            .into_iter()
            .filter(|ranked| ranked.rank >= from_rank)
            .take(count)
            .collect()
    }

    /// Of all windows of this length, the one whose middle is nearest to the player.
    pub(super) fn around(&self, player: PlayerId, count: usize) -> Option<Vec<Ranked>> {
        let index = self.rank(player)?.rank as i64 - 1;
        let all = self.all();
        let length = count.min(all.len());
        let starts = 0..=all.len() - length;
        let start = starts.min_by_key(|&start| (start as i64 + count as i64 / 2 - index).abs())?;
        Some(all[start..start + length].to_vec())
    }

    pub(super) fn after(&self, position: &Standing, count: usize) -> Vec<Ranked> {
        let comes_after = |ranked: &Ranked| self.precedes(position, &ranked.standing);
        self.all()
            .into_iter()
            .filter(comes_after)
            .take(count)
            .collect()
    }

    pub(super) fn all(&self) -> Vec<Ranked> {
        (1..)
            .zip(&self.standings)
            .map(|(rank, &standing)| Ranked { rank, standing })
            .collect()
    }

    fn sort(&mut self) {
        let order = self.order;
        self.standings.sort_by_key(|standing| {
            let score =
                i128::from(standing.score) * if order == Order::Descending { -1 } else { 1 };
            (score, standing.reached_at, standing.player)
        });
    }

    /// Spelled out once more, so that nothing of the index is tested against itself.
    fn precedes(&self, left: &Standing, right: &Standing) -> bool {
        if left.score != right.score {
            return (left.score > right.score) == (self.order == Order::Descending);
        }
        (left.reached_at, left.player) < (right.reached_at, right.player)
    }
}
