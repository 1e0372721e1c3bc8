//! The maps of all mappers whom somebody follows.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::try_join_all;

use super::{Step, Stepping};
use crate::Error;
use crate::actions::mapper;
use crate::store::targets::{self, Unlisted};

/// Mappers between two looks at the time.
const TOGETHER: i64 = 50;
/// Mappers who are asked for at a time: one more than calls that may be under way.
const AT_A_TIME: usize = 3;

impl Stepping<'_> {
    /// None once all are listed. A mapper whose maps can't be listed keeps those that were known before.
    pub(super) async fn list_maps(&self) -> Result<Option<Step>, Error> {
        loop {
            let pool = self.trackmania.database.pool();
            let unlisted = targets::unlisted(pool, self.run_at(), TOGETHER).await?;
            if unlisted.is_empty() {
                return Ok(None);
            }
            if self.is_out_of_time() {
                return Ok(Some(Step::More));
            }
            self.running.progress(0, 0, "asking which maps there are");
            let next = AtomicUsize::new(0);
            let list = async || {
                while let Some(one) = unlisted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    self.list(one).await?;
                    if self.exchange_trying.is_away() && !self.is_last_try {
                        break;
                    }
                }
                Ok::<_, Error>(())
            };
            try_join_all((0..AT_A_TIME).map(|_| list())).await?;
            if self.exchange_trying.is_away() && !self.is_last_try {
                return Ok(Some(Self::pause(&self.exchange_trying)));
            }
        }
    }

    async fn list(&self, one: &Unlisted) -> Result<(), Error> {
        let run_at = self.run_at();
        let pool = self.trackmania.database.pool();
        let ask = || mapper::made(&self.exchange, one.mapper).boxed();
        let made = match self.exchange_trying.ask(ask).await? {
            Ok(made) => made,
            // It is asked again after the pause.
            Err(_) if self.exchange_trying.is_away() && !self.is_last_try => return Ok(()),
            Err(why) => return Ok(targets::keep_list(pool, run_at, one.target, &why).await?),
        };
        if made.maps.is_empty() && targets::has_maps(pool, one.target).await? {
            let why = "Trackmania Exchange tells of no maps by this mapper any more. Those that were known are still looked at.";
            targets::keep_list(pool, run_at, one.target, why).await?;
            return Ok(());
        }
        let mut tx = self.trackmania.database.begin().await?;
        let name = made.name.as_deref();
        targets::list(&mut tx, run_at, one.target, name, &made.maps).await?;
        tx.commit().await?;
        Ok(())
    }
}
