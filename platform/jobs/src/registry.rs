use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::job::{Done, Job, JobError};
use crate::{Queue, Retry, Running};

/// What a handler of any kind of job is to the worker. The payload is read before the handler is called.
type Call = Arc<
    dyn Fn(Value, Running) -> Result<BoxFuture<'static, Result<Done, JobError>>, serde_json::Error>
        + Send
        + Sync,
>;

/// A kind of job and who does it.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) kind: &'static str,
    pub(crate) queue: Queue,
    pub(crate) retry: Retry,
    pub(crate) timeout: Duration,
    pub(crate) call: Call,
}

/// The handlers of all jobs that this server knows.
#[derive(Clone, Default)]
pub struct Registry {
    pub(crate) handlers: HashMap<&'static str, Handler>,
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the handler of a kind of job: an `async fn(job, state, running)`, and the state that it is called with.
    ///
    /// # Panics
    /// If the kind has one already, or its queue has another concurrency elsewhere: both are mistakes in the code.
    pub fn register<J, S, H, Work>(&mut self, state: S, handler: H)
    where
        J: Job,
        S: Clone + Send + Sync + 'static,
        H: Fn(J, S, Running) -> Work + Send + Sync + 'static,
        Work: Future<Output = Result<Done, JobError>> + Send + 'static,
    {
        let other = self
            .handlers
            .values()
            .find(|other| other.queue.name == J::QUEUE.name && other.queue != J::QUEUE);
        assert!(
            other.is_none(),
            "the queue {} is declared in two ways",
            J::QUEUE.name
        );
        let call: Call = Arc::new(move |payload, running| {
            let job = serde_json::from_value(payload)?;
            Ok(Box::pin(handler(job, state.clone(), running)))
        });
        let handler = Handler {
            kind: J::KIND,
            queue: J::QUEUE,
            retry: J::RETRY,
            timeout: J::TIMEOUT,
            call,
        };
        let former = self.handlers.insert(J::KIND, handler);
        assert!(former.is_none(), "two handlers of {}", J::KIND);
    }

    /// Each queue with how often its jobs may be tried at the most, by name.
    pub fn most_attempts(&self) -> BTreeMap<&'static str, u8> {
        let mut queues = BTreeMap::new();
        for handler in self.handlers.values() {
            let most = queues.entry(handler.queue.name).or_default();
            *most = handler.retry.attempts.max(*most);
        }
        queues
    }

    /// Each queue once, by name.
    pub(crate) fn queues(&self) -> Vec<Queue> {
        let mut queues: Vec<Queue> = self
            .handlers
            .values()
            .map(|handler| handler.queue)
            .collect();
        queues.sort_by_key(|queue| queue.name);
        queues.dedup();
        queues
    }
}
