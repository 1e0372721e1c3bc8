//! hyper's timer for one connection. hyper makes a fresh timer for each request's head; a plain one would take the
//! lock of tokio's timer wheel twice for each request. This one keeps a single alarm for the connection, which may
//! ring too early, and is then set again: about once in a head's timeout, however many requests come.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;

/// Within one connection's task, so its lock is never waited for.
#[derive(Clone)]
pub(super) struct ConnectionTimer(Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>);

impl ConnectionTimer {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Waiting {
            deadline,
            timer: self.clone(),
        })
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, deadline: Instant) {
        *sleep = self.sleep_until(deadline);
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

struct Waiting {
    deadline: Instant,
    timer: ConnectionTimer,
}

impl Sleep for Waiting {}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.timer.now() >= self.deadline {
            return Poll::Ready(());
        }
        let deadline = self.deadline.into();
        let mut alarm = self.timer.0.lock();
        let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if alarm.deadline() > deadline {
            alarm.as_mut().reset(deadline);
        }
        while alarm.as_mut().poll(context).is_ready() {
            // An old deadline, of a head that came in time.
            if self.timer.now() >= self.deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}
