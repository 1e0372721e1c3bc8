//! One attempt: whatever its handler does, there is an outcome.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;

use crate::job::{Finish, JobError};
use crate::registry::Handler;
use crate::running::{Attempt, Running};

/// How an attempt ended.
pub(crate) struct Outcome {
    pub(crate) attempt: Arc<Attempt>,
    pub(crate) handler: Handler,
    pub(crate) end: End,
}

pub(crate) enum End {
    Succeeded(Option<Value>),
    /// Its handler has written it down.
    Committed,
    Failed(String, Option<Duration>),
    /// In vain.
    Fatal(String),
    GivenUp,
    /// Nobody wants to know any more, or others shall try.
    BrokenOff,
}

impl End {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Succeeded(_) | Self::Committed => "succeeded",
            Self::Failed(..) => "failed",
            Self::Fatal(_) => "fatal",
            Self::GivenUp => "cancelled",
            Self::BrokenOff => "broken_off",
        }
    }
}

pub(crate) async fn run(attempt: &Arc<Attempt>, handler: &Handler, payload: Value) -> End {
    let running = Running::new(Arc::clone(attempt));
    // The handler may panic before there is a future, so it is called inside of one.
    let work = async {
        match (handler.call)(payload, running) {
            Ok(work) => work.await,
            Err(error) => Err(JobError::Fatal(format!(
                "Its payload can't be read: {error}"
            ))),
        }
    };
    let caught = AssertUnwindSafe(work).catch_unwind();
    let end = tokio::select! {
        biased;
        () = attempt.cancelled.cancelled() => End::BrokenOff,
        ended = tokio::time::timeout(handler.timeout, caught) => match ended {
            Ok(Ok(Ok(done))) => match done.0 {
                Finish::Succeeded(result) => End::Succeeded(result),
                Finish::Committed => End::Committed,
            },
            Ok(Ok(Err(JobError::Retry { error, after }))) => End::Failed(error, after),
            Ok(Ok(Err(JobError::Fatal(error)))) => End::Fatal(error),
            Ok(Ok(Err(JobError::Cancelled))) => End::GivenUp,
            Ok(Err(panic)) => End::Failed(format!("It panicked: {}", said(&*panic)), None),
            Err(_) => End::Failed(format!("It took longer than {:?}.", handler.timeout), None),
        },
    };
    // For whatever the handler has started beside itself.
    attempt.cancelled.cancel();
    end
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}
