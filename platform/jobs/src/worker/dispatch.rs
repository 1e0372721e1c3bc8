//! Picks jobs up and begins them.
//!
//! Invariant: a job that is picked up begins at once, unless its queue's jobs are so quick that picking up one by one
//! would take longer than running them: then some are picked up ahead.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Shared;
use super::attempt::{self, End, Outcome};
use super::held::Coming;
use super::lane::Lane;
use crate::jobs::WAKE;
use crate::moment::later;
use crate::registry::Handler;
use crate::running::Attempt;
use crate::store;
use crate::store::pick::{Picked, Wanted};
use crate::transport::Transport;

/// When a job whose kind this server doesn't know is offered again; a server of another release may know it.
const UNKNOWN: Duration = Duration::from_secs(30);

enum Event {
    Ended {
        queue: usize,
        took: Duration,
    },
    Picked(Coming, Result<Vec<Picked>, db::Error>),
    #[cfg(feature = "aws")]
    Received {
        queue: usize,
        coming: Coming,
        jobs: Result<Vec<Picked>, super::messages::MessageError>,
    },
}

struct Dispatcher {
    shared: Arc<Shared>,
    outcomes: Sender<Outcome>,
    events: UnboundedSender<Event>,
    lanes: Vec<Lane>,
    waiting: VecDeque<(usize, Handler, Arc<Attempt>, serde_json::Value)>,
    /// There may be jobs that we don't know of.
    more: bool,
    picking: bool,
    /// Which queue is asked first, so that each is in turn.
    first: usize,
}

pub(super) async fn run(shared: Arc<Shared>, outcomes: Sender<Outcome>, stop: CancellationToken) {
    let (sender, mut events) = unbounded_channel();
    let mut dispatcher = Dispatcher {
        lanes: shared
            .registry
            .queues()
            .into_iter()
            .map(Lane::new)
            .collect(),
        outcomes,
        events: sender,
        waiting: VecDeque::new(),
        more: true,
        picking: false,
        first: 0,
        shared,
    };
    dispatcher.pick_up(&mut events, &stop).await;
    dispatcher.drain(&mut events).await;
}

impl Dispatcher {
    async fn pick_up(&mut self, events: &mut UnboundedReceiver<Event>, stop: &CancellationToken) {
        let mut wakes = self.shared.jobs.notices().subscribe(WAKE);
        let mut ticks = interval(self.shared.config.poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.begin();
            match &self.shared.config.transport {
                Transport::Postgres => self.pick(),
                #[cfg(feature = "aws")]
                Transport::Sqs(sqs) => self.receive(&sqs.clone(), stop),
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(event) = events.recv() => self.take(event).await,
                _ = wakes.next() => self.more = true,
                _ = ticks.tick() => self.more = true,
            }
        }
    }

    /// Gives back what has not begun, and waits for what has.
    async fn drain(&mut self, events: &mut UnboundedReceiver<Event>) {
        loop {
            let waiting: Vec<_> = self
                .waiting
                .drain(..)
                .map(|(_, _, attempt, _)| attempt)
                .collect();
            self.shared.hand_back(&waiting, None, false).await;
            let is_idle = |lane: &Lane| lane.running == 0 && !lane.asking;
            if !self.picking && self.lanes.iter().all(is_idle) {
                return;
            }
            if let Some(event) = events.recv().await {
                self.take(event).await;
            }
        }
    }

    async fn take(&mut self, event: Event) {
        match event {
            Event::Ended { queue, took } => {
                self.lanes[queue].ended(took);
            }
            Event::Picked(coming, Ok(picked)) => {
                self.picking = false;
                self.shared.reached.store(true, Ordering::Release);
                self.more |= !picked.is_empty();
                self.hold(coming, picked).await;
            }
            Event::Picked(_, Err(error)) => {
                self.picking = false;
                // The next look comes with the next tick.
                self.could_not_reach(&error);
            }
            #[cfg(feature = "aws")]
            Event::Received {
                queue,
                coming,
                jobs,
            } => {
                self.lanes[queue].asking = false;
                match jobs {
                    Ok(jobs) => {
                        self.shared.reached.store(true, Ordering::Release);
                        self.hold(coming, jobs).await;
                    }
                    Err(error) => self.could_not_reach(&error),
                }
            }
        }
    }

    fn could_not_reach(&self, error: &dyn std::fmt::Display) {
        if self.shared.reached.swap(false, Ordering::AcqRel) {
            tracing::warn!(%error, "no jobs can be picked up; trying again");
        }
    }

    async fn hold(&mut self, coming: Coming, picked: Vec<Picked>) {
        let mut unknown = Vec::new();
        for job in picked {
            metrics::histogram!("job_wait_seconds", "queue" => job.queue.clone())
                .record(self.waited(&job).as_secs_f64());
            let handler = self
                .shared
                .registry
                .handlers
                .get(job.kind.as_str())
                .cloned();
            let lane = self
                .lanes
                .iter()
                .position(|lane| lane.queue.name == job.queue);
            let (kind, payload) = (job.kind.clone(), job.payload.clone());
            let attempt = Arc::new(self.attempt(job));
            self.shared.held.insert(&attempt);
            match handler.zip(lane) {
                Some((handler, lane)) => {
                    self.lanes[lane].ahead += 1;
                    self.waiting.push_back((lane, handler, attempt, payload));
                }
                None => {
                    tracing::warn!(job = %attempt.id, kind, "this release knows no such job; it is left to others");
                    unknown.push(attempt);
                }
            }
        }
        drop(coming);
        let again = later(self.shared.jobs.clock().now(), UNKNOWN);
        self.shared.hand_back(&unknown, Some(again), false).await;
    }

    fn attempt(&self, job: Picked) -> Attempt {
        Attempt {
            jobs: self.shared.jobs.clone(),
            id: job.id,
            lease: job.lease,
            owner: job.owner,
            number: job.attempt,
            is_last: job.attempt >= job.most_attempts,
            is_again: job.is_again,
            due_at: job.due_at,
            receipt: job.receipt,
            cancelled: self.shared.killed.child_token(),
            progress: parking_lot::Mutex::default(),
            progressed: Arc::clone(&self.shared.progressed),
        }
    }

    fn waited(&self, job: &Picked) -> Duration {
        let now = self.shared.jobs.clock().now();
        Duration::try_from(now.duration_since(job.due_at)).unwrap_or_default()
    }

    fn running(&self) -> usize {
        self.lanes.iter().map(|lane| lane.running).sum()
    }

    /// Begins what there is room for.
    fn begin(&mut self) {
        let mut room = self
            .shared
            .config
            .concurrency
            .get()
            .saturating_sub(self.running());
        let mut place = 0;
        while room > 0 && place < self.waiting.len() {
            let lane = &self.lanes[self.waiting[place].0];
            if lane.running >= lane.queue.concurrency.get() {
                place += 1;
                continue;
            }
            if let Some((lane, handler, attempt, payload)) = self.waiting.remove(place) {
                self.lanes[lane].ahead -= 1;
                self.lanes[lane].running += 1;
                room -= 1;
                self.spawn(lane, handler, attempt, payload);
            }
        }
    }

    fn spawn(
        &self,
        queue: usize,
        handler: Handler,
        attempt: Arc<Attempt>,
        payload: serde_json::Value,
    ) {
        let (outcomes, events) = (self.outcomes.clone(), self.events.clone());
        tokio::spawn(async move {
            let began = Instant::now();
            let end = attempt::run(&attempt, &handler, payload).await;
            let took = began.elapsed();
            metrics::histogram!("job_duration_seconds", "kind" => handler.kind)
                .record(took.as_secs_f64());
            metrics::counter!("jobs_finished_total", "kind" => handler.kind, "outcome" => end.name()).increment(1);
            if !matches!(end, End::BrokenOff) {
                // Only a worker that was dropped has nobody to take it.
                let _ = outcomes
                    .send(Outcome {
                        attempt,
                        handler,
                        end,
                    })
                    .await;
            }
            let _ = events.send(Event::Ended { queue, took });
        });
    }

    /// Asks SQS, each queue that has room by a question of its own, since each waits for an answer.
    #[cfg(feature = "aws")]
    fn receive(&mut self, sqs: &crate::Sqs, stop: &CancellationToken) {
        let concurrency = self.shared.config.concurrency.get();
        let room = concurrency.saturating_sub(self.running() + self.waiting.len());
        for (queue, lane) in self.lanes.iter_mut().enumerate() {
            let taken = lane.running + lane.ahead;
            let most = lane.queue.concurrency.get().saturating_sub(taken).min(room);
            if lane.asking || most == 0 {
                continue;
            }
            lane.asking = true;
            let (sqs, name, stop) = (sqs.clone(), lane.queue.name, stop.clone());
            let (shared, events) = (Arc::clone(&self.shared), self.events.clone());
            let coming = shared.held.coming(shared.jobs.clock().new_uuid());
            tokio::spawn(async move {
                let asked =
                    super::messages::receive(&shared, &sqs, name, most, coming.lease, &stop);
                let Some(jobs) = shared.killed.run_until_cancelled(asked).await else {
                    return;
                };
                if jobs.is_err() {
                    let pause = tokio::time::sleep(shared.config.poll);
                    stop.run_until_cancelled(pause).await;
                }
                let _ = events.send(Event::Received {
                    queue,
                    coming,
                    jobs,
                });
            });
        }
    }

    /// Asks for as much as can begin at once, and for quick ones ahead. One question at a time.
    fn pick(&mut self) {
        let concurrency = self.shared.config.concurrency.get();
        let (running, waiting) = (self.running(), self.waiting.len());
        let room = concurrency.saturating_sub(running + waiting);
        let most_ahead = self
            .lanes
            .iter()
            .map(|lane| lane.most_ahead(concurrency))
            .max()
            .unwrap_or(0);
        if self.picking || !self.more || (room == 0 && waiting * 2 >= most_ahead) {
            return;
        }
        let (mut slow, mut quick) = (
            Wanted::of(room),
            Wanted::of(concurrency + most_ahead - waiting.min(most_ahead)),
        );
        let count = self.lanes.len();
        for place in 0..count {
            let lane = &self.lanes[(self.first + place) % count];
            let taken = lane.running + lane.ahead;
            let most = lane.queue.concurrency.get().min(concurrency) + lane.most_ahead(concurrency);
            let wanted = if lane.most_ahead(concurrency) > 0 {
                &mut quick
            } else {
                &mut slow
            };
            wanted.ask(lane.queue.name, most.saturating_sub(taken));
        }
        if slow.queues.is_empty() && quick.queues.is_empty() {
            return;
        }
        self.first = (self.first + 1) % count.max(1);
        (self.picking, self.more) = (true, false);
        let (shared, events) = (Arc::clone(&self.shared), self.events.clone());
        let coming = shared.held.coming(shared.jobs.clock().new_uuid());
        tokio::spawn(async move {
            let picking = pick_both(&shared, slow, quick, coming.lease);
            if let Some(picked) = shared.killed.run_until_cancelled(picking).await {
                let _ = events.send(Event::Picked(coming, picked));
            }
        });
    }
}

/// Those that take long first: only as many as begin at once.
async fn pick_both(
    shared: &Shared,
    slow: Wanted,
    quick: Wanted,
    lease: Uuid,
) -> Result<Vec<Picked>, db::Error> {
    let mut picked = Vec::new();
    for wanted in [&slow, &quick] {
        if wanted.queues.is_empty() {
            continue;
        }
        let now = shared.jobs.clock().now();
        let until = shared.lease_end(now);
        picked.extend(store::pick::pick(&shared.pool, wanted, lease, now, until).await?);
    }
    Ok(picked)
}
