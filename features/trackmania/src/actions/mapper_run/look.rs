//! Looks at maps: at how many have a record, for fifty at once, and at leaderboards.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::try_join_all;
use parking_lot::Mutex;

use super::{Step, Stepping};
use crate::Error;
use crate::actions::records::board_told_since;
use crate::actions::trying::Told;
use crate::model::news::{Look, news};
use crate::model::run::Counts;
use crate::store::looks::{self, Open};
use crate::store::{news as found, positions, runs};
use crate::upstream::POSITIONS;

/// Leaderboards that are read a time: a few more than calls that may be under way.
const AT_A_TIME: usize = 6;
/// Leaderboards between two looks at the time.
const TOGETHER: i64 = 60;

impl Stepping<'_> {
    /// None once nothing is to be asked any more.
    pub(super) async fn look_at_maps(&self) -> Result<Option<Step>, Error> {
        for what in [Open::Position, Open::Board] {
            loop {
                let at_most = match what {
                    Open::Position => POSITIONS as i64,
                    Open::Board => TOGETHER,
                };
                let pool = self.trackmania.database.pool();
                let open = looks::open(pool, self.run_at(), what, at_most).await?;
                if open.is_empty() {
                    break;
                }
                if self.is_out_of_time() {
                    return Ok(Some(Step::More));
                }
                match what {
                    Open::Position => self.positions(&open).await?,
                    Open::Board => self.boards(&open).await?,
                }
                self.progress("looking at maps").await?;
                if self.nadeo_trying.is_away() {
                    if !self.is_last_try {
                        return Ok(Some(Self::pause(&self.nadeo_trying)));
                    }
                    let why = "Trackmania didn't answer.";
                    looks::give_up(pool, self.run_at(), why).await?;
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    async fn positions(&self, open: &[Look]) -> Result<(), Error> {
        let run_at = self.run_at();
        let uids: Vec<&str> = open.iter().map(|look| look.uid.as_str()).collect();
        let ask = async || Ok(self.nadeo.positions(&uids).await?);
        let (told, why) = match self.nadeo_trying.ask(|| ask().boxed()).await? {
            Ok(told) => {
                let why = "Trackmania didn't tell how many have a record.";
                (told, why.to_owned())
            }
            Err(why) => (HashMap::new(), why),
        };
        let (seen, unseen): (Vec<&str>, Vec<&str>) =
            uids.iter().partition(|uid| told.contains_key(**uid));
        let mut tx = self.trackmania.database.begin().await?;
        positions::see(&mut *tx, &told, self.trackmania.clock.now()).await?;
        looks::positions_seen(&mut *tx, run_at, &seen).await?;
        let is_away = self.nadeo_trying.is_away();
        looks::missed(&mut *tx, run_at, &unseen, &why, is_away).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn boards(&self, open: &[Look]) -> Result<(), Error> {
        let next = AtomicUsize::new(0);
        let missed = Mutex::new(Vec::new());
        let read = async || {
            while let Some(look) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(why) = self.board(look).await? {
                    missed.lock().push((look.uid.as_str(), why));
                }
                if self.nadeo_trying.is_over() {
                    break;
                }
            }
            Ok::<_, Error>(())
        };
        try_join_all((0..AT_A_TIME).map(|_| read())).await?;
        let (pool, is_away) = (self.trackmania.database.pool(), self.nadeo_trying.is_away());
        for (uid, why) in missed.into_inner() {
            looks::missed(pool, self.run_at(), &[uid], &why, is_away).await?;
        }
        Ok(())
    }

    async fn board(&self, look: &Look) -> Result<Told<()>, Error> {
        let (run_at, uid) = (self.run_at(), look.uid.as_str());
        let ask = || board_told_since(self.trackmania, &self.nadeo, uid, look.board_at).boxed();
        let board = match self.nadeo_trying.ask(ask).await? {
            Ok(board) => board,
            Err(why) => return Ok(Err(why)),
        };
        let news = news(&board.records, look.since(run_at));
        let mut tx = self.trackmania.database.begin().await?;
        if !looks::board_seen(&mut *tx, run_at, uid, look.looking_at).await? {
            return Ok(Ok(()));
        }
        let found = match news.is_empty() {
            true => 0,
            false => found::keep(&mut *tx, uid, &news, run_at).await?,
        };
        if found > 0 {
            let counts = Counts {
                found,
                ..Counts::default()
            };
            runs::count(&mut *tx, self.run.id, counts, self.trackmania.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(Ok(()))
    }
}
