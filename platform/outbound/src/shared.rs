//! What an outside service is asked by all servers together, where its own rules count us as one.
//!
//! Invariants:
//! - Not more calls are under way than are allowed at a time, whichever servers make them. A server that dies gives its
//!   places back by letting their time pass.
//! - Calls begin at least as far from each other as the rate says. Nobody takes a place in that row without a place among
//!   those under way, so that none is lost by waiting.
//! - Whoever asks in the background leaves one place, and the next turn, to those for whom somebody waits: on whichever server
//!   they are, they wait for the calls that are under way at most.
//! - Times are PostgreSQL's, on which all servers agree.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::Database;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
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
    lines: Arc<Lines>,
    is_background: bool,
}

/// Of this server's callers.
#[derive(Debug)]
struct Lines {
    all: Arc<Semaphore>,
    /// Those in the background stand in this one first, so that others find at most as many of them before themselves.
    background: Arc<Semaphore>,
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
    _in_line: InLine,
}

type InLine = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit);

/// What becomes of a wish to begin a call.
struct Beginning {
    /// Whether the call has its place in the row of calls.
    is_placed: bool,
    /// Until it may begin; or, without a place, until anybody's may.
    wait: Duration,
}

impl Shared {
    /// Limits are kept for each service by its name, which every server has to call the same.
    pub fn new(database: Database, service: &str, limits: SharedLimits) -> Self {
        let at_a_time = usize::try_from(limits.at_a_time.get()).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            database,
            service: service.into(),
            limits,
            lines: Arc::new(Lines {
                all: Arc::new(Semaphore::new(at_a_time.min(Semaphore::MAX_PERMITS))),
                background: Arc::new(Semaphore::new(
                    (at_a_time - 1).clamp(1, Semaphore::MAX_PERMITS),
                )),
            }),
            is_background: false,
        }
    }

    /// The same for work that nobody waits for.
    #[must_use]
    pub fn in_background(&self) -> Self {
        Self {
            is_background: true,
            ..self.clone()
        }
    }

    /// Whether nobody waits for what is asked.
    pub fn is_in_background(&self) -> bool {
        self.is_background
    }

    /// Waits for its turn, for so long at most. The call has to be over after `lasts`: then its place is free again,
    /// whatever has become of whoever made it.
    ///
    /// # Errors
    /// [`Error::Crowded`] if it isn't its turn by then, [`Error::Database`] if PostgreSQL is away.
    pub async fn turn(&self, patience: Duration, lasts: Duration) -> Result<Turn, Error> {
        let deadline = Instant::now() + patience;
        let in_line = tokio::time::timeout(patience, self.in_line()).await;
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
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Beginning { is_placed, wait } = self.begin(left).await?;
            if !is_placed && wait >= left {
                return Err(Error::Crowded { wait });
            }
            tokio::time::sleep(wait).await;
            if is_placed {
                return Ok(turn);
            }
        }
    }

    async fn in_line(&self) -> Result<InLine, AcquireError> {
        let behind = if self.is_background {
            Some(Arc::clone(&self.lines.background).acquire_owned().await?)
        } else {
            None
        };
        Ok((behind, Arc::clone(&self.lines.all).acquire_owned().await?))
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
        // The first place is kept for those for whom somebody waits, where there is another.
        let first = i32::from(self.is_background && slots > 1);
        let pool = self.database.pool();
        let taken = sqlx::query!(
            "with free as (
                 select slot from call_slots
                 where service = $1 and slot >= $5 and slot < $2 and held_until <= clock_timestamp()
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
            first,
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

    /// The call gets its place in the row of calls, unless that comes later than the caller waits: whoever goes away again
    /// makes nobody else wait. In the background only a place that is free at once is taken: others go before.
    async fn begin(&self, patience: Duration) -> Result<Beginning, db::Error> {
        let each = 1.0 / f64::from(self.limits.per_second.get());
        let ahead = if self.is_background {
            Duration::ZERO
        } else {
            patience
        };
        let begun = sqlx::query!(
            "with placed as (
                 insert into call_paces as pace (service, next_at)
                 values ($1, clock_timestamp() + make_interval(secs => $2))
                 on conflict (service) do update set
                     next_at = greatest(pace.next_at, clock_timestamp()) + make_interval(secs => $2)
                 where pace.next_at <= clock_timestamp() + make_interval(secs => $3)
                 returning extract(epoch from next_at - clock_timestamp()) - $2 as wait
             )
             select exists (select from placed) as \"is_placed!\", coalesce(
                 (select wait from placed),
                 (select extract(epoch from next_at - clock_timestamp()) from call_paces where service = $1)
             )::float8 as \"wait!\"",
            &*self.service,
            each,
            ahead.as_secs_f64()
        )
        .fetch_one(self.database.pool())
        .await?;
        Ok(Beginning {
            is_placed: begun.is_placed,
            wait: Duration::try_from_secs_f64(begun.wait.max(0.0)).unwrap_or_default(),
        })
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
