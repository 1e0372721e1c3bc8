//! What an outside service is asked by all servers together, where its own rules count us as one.
//!
//! Invariants:
//! - Not more calls are under way than are allowed at a time, whichever servers make them. A server that dies gives its
//!   places back by letting their time pass.
//! - Calls begin at least as far from each other as the rate says. Nobody takes a place in that row without a place among
//!   those under way, so that none is lost by waiting.
//! - Times are PostgreSQL's, on which all servers agree.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::Database;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::Error;

/// Between two looks for a free place. Only servers compete for places: within one, callers wait in line.
const FIRST_LOOK_AGAIN: Duration = Duration::from_millis(25);
const LAST_LOOK_AGAIN: Duration = Duration::from_millis(400);

/// What all servers together ask of a service at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedLimits {
    pub per_second: NonZeroU32,
    pub at_a_time: NonZeroU32,
}

/// Cheap to clone; clones wait in one line.
#[derive(Clone, Debug)]
pub struct Shared {
    database: Database,
    service: Arc<str>,
    limits: SharedLimits,
    line: Arc<Semaphore>,
}

/// A call that may be made now. Its place is given back when this is dropped.
#[derive(Debug)]
#[must_use = "the call may be made for as long as this is kept"]
pub struct Turn(Option<Place>);

#[derive(Debug)]
struct Place {
    database: Database,
    service: Arc<str>,
    slot: i32,
    holder: Uuid,
    /// After the place is given back, the next one in line goes on.
    _in_line: OwnedSemaphorePermit,
}

impl Shared {
    /// Limits are kept for each service by its name, which every server has to call the same.
    pub fn new(database: Database, service: &str, limits: SharedLimits) -> Self {
        let at_a_time = usize::try_from(limits.at_a_time.get()).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            database,
            service: service.into(),
            limits,
            line: Arc::new(Semaphore::new(at_a_time.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Waits for its turn, for so long at most. The call has to be over after `lasts`: then its place is free again,
    /// whatever has become of whoever made it.
    ///
    /// # Errors
    /// [`Error::Crowded`] if it isn't its turn by then, [`Error::Database`] if PostgreSQL is away.
    pub async fn turn(&self, patience: Duration, lasts: Duration) -> Result<Turn, Error> {
        let deadline = Instant::now() + patience;
        let in_line = Arc::clone(&self.line).acquire_owned();
        let in_line = tokio::time::timeout(patience, in_line).await;
        let Ok(Ok(in_line)) = in_line else {
            return Err(Error::Crowded { wait: lasts });
        };
        let holder = Uuid::from_u128(rand::random());
        let slot = self.slot(holder, deadline, lasts).await?;
        // From here on the place is given back, whatever happens.
        let turn = Turn(Some(Place {
            database: self.database.clone(),
            service: Arc::clone(&self.service),
            slot,
            holder,
            _in_line: in_line,
        }));
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = self.begin(left).await?;
        if wait > left {
            return Err(Error::Crowded { wait });
        }
        tokio::time::sleep(wait).await;
        Ok(turn)
    }

    /// The service wants to be left alone: no server calls it before this time has passed.
    ///
    /// # Errors
    /// [`Error::Database`] if PostgreSQL is away.
    pub async fn hold_off(&self, wait: Duration) -> Result<(), Error> {
        sqlx::query!(
            "insert into call_paces as pace (service, next_at)
             values ($1, clock_timestamp() + make_interval(secs => $2))
             on conflict (service) do update set next_at = greatest(pace.next_at, excluded.next_at)",
            &*self.service,
            wait.as_secs_f64()
        )
        .execute(self.database.pool())
        .await
        .map_err(db::Error::from)?;
        Ok(())
    }

    async fn slot(&self, holder: Uuid, deadline: Instant, lasts: Duration) -> Result<i32, Error> {
        let mut look_again = FIRST_LOOK_AGAIN;
        loop {
            let until = deadline.saturating_duration_since(Instant::now()) + lasts;
            if let Some(slot) = self.take_slot(holder, until).await? {
                return Ok(slot);
            }
            let pause = look_again.mul_f64(0.5 + 0.5 * rand::random::<f64>());
            if Instant::now() + pause > deadline {
                return Err(Error::Crowded { wait: lasts });
            }
            tokio::time::sleep(pause).await;
            look_again = LAST_LOOK_AGAIN.min(look_again * 2);
        }
    }

    /// Rows are made when they are missed: the first time, when more are allowed than before, and after a crash of
    /// PostgreSQL, which empties the table.
    async fn take_slot(&self, holder: Uuid, lasts: Duration) -> Result<Option<i32>, db::Error> {
        let slots = i32::try_from(self.limits.at_a_time.get()).unwrap_or(i32::MAX);
        let pool = self.database.pool();
        let taken = sqlx::query!(
            "with free as (
                 select slot from call_slots
                 where service = $1 and slot < $2 and held_until <= clock_timestamp()
                 order by slot limit 1 for update skip locked
             ), taken as (
                 update call_slots set holder = $3, held_until = clock_timestamp() + make_interval(secs => $4)
                 from free where call_slots.service = $1 and call_slots.slot = free.slot
                 returning call_slots.slot
             )
             select (select slot from taken) as taken,
                    (select count(*) from call_slots where service = $1 and slot < $2) as \"known!\"",
            &*self.service,
            slots,
            holder,
            lasts.as_secs_f64(),
        )
        .fetch_one(pool)
        .await?;
        if taken.taken.is_none() && taken.known < i64::from(slots) {
            sqlx::query!(
                "insert into call_slots (service, slot)
                 select $1, slot from generate_series(0, $2 - 1) as slot on conflict do nothing",
                &*self.service,
                slots
            )
            .execute(pool)
            .await?;
        }
        Ok(taken.taken)
    }

    /// How long to wait until the call may begin. It has its place in the row of calls then, unless that is longer than
    /// the caller waits: whoever goes away again makes nobody else wait.
    async fn begin(&self, patience: Duration) -> Result<Duration, db::Error> {
        let each = 1.0 / f64::from(self.limits.per_second.get());
        let wait = sqlx::query_scalar!(
            "with placed as (
                 insert into call_paces as pace (service, next_at)
                 values ($1, clock_timestamp() + make_interval(secs => $2))
                 on conflict (service) do update set
                     next_at = greatest(pace.next_at, clock_timestamp()) + make_interval(secs => $2)
                 where pace.next_at <= clock_timestamp() + make_interval(secs => $3)
                 returning extract(epoch from next_at - clock_timestamp()) - $2 as wait
             )
             select coalesce(
                 (select wait from placed),
                 (select extract(epoch from next_at - clock_timestamp()) from call_paces where service = $1)
             )::float8 as \"wait!\"",
            &*self.service,
            each,
            patience.as_secs_f64()
        )
        .fetch_one(self.database.pool())
        .await?;
        Ok(Duration::try_from_secs_f64(wait.max(0.0)).unwrap_or_default())
    }
}

impl Turn {
    /// The call is over. The same as dropping it, but done when this returns.
    pub async fn end(mut self) {
        if let Some(place) = self.0.take() {
            place.give_back().await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let (Some(place), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(place.give_back());
        }
    }
}

impl Place {
    async fn give_back(self) {
        let given_back = sqlx::query!(
            "update call_slots set held_until = '-infinity'
             where service = $1 and slot = $2 and holder = $3",
            &*self.service,
            self.slot,
            self.holder
        )
        .execute(self.database.pool())
        .await;
        if let Err(error) = given_back {
            tracing::warn!(%error, service = &*self.service, "a place to call a service was not given back; it is free when its time is over");
        }
    }
}
