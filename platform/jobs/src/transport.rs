//! What wakes workers. The row is the truth about a job, whichever it is.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

#[cfg(feature = "aws")]
use crate::sqs::Sqs;

/// All servers on one database have the same.
#[derive(Clone, Debug, Default)]
pub enum Transport {
    /// NOTIFY and a slow poll; the head of a queue is read from an index, in the order that is fair.
    #[default]
    Postgres,
    /// A message for each job that is queued. Without priorities, and in the order in which SQS gives them.
    #[cfg(feature = "aws")]
    Sqs(Sqs),
}

impl Transport {
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres)
    }
}

/// The message by which a job came.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "nothing settles"))]
pub(crate) struct Receipt {
    pub(crate) queue: String,
    pub(crate) handle: String,
}

/// What becomes of a message.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "nothing settles"))]
pub(crate) struct Settlement {
    pub(crate) receipt: Receipt,
    /// When it comes again; never, where there is none.
    pub(crate) again: Option<Duration>,
}

/// Where settlements go, if there are messages at all. They are sent later, many at once.
#[derive(Debug, Default)]
pub(crate) struct Settler(pub(crate) Option<UnboundedSender<Settlement>>);

impl Settler {
    /// The message isn't needed any more.
    pub(crate) fn delete(&self, receipt: Option<&Receipt>) {
        self.settle(receipt, None);
    }

    /// The message is to come again after so long.
    pub(crate) fn put_back(&self, receipt: Option<&Receipt>, wait: Duration) {
        self.settle(receipt, Some(wait));
    }

    fn settle(&self, receipt: Option<&Receipt>, again: Option<Duration>) {
        if let (Some(settler), Some(receipt)) = (&self.0, receipt) {
            let receipt = receipt.clone();
            // After a stop, nobody takes it: the message comes again, and is found done.
            let _ = settler.send(Settlement { receipt, again });
        }
    }
}
