//! Of many who want the same of an outside service at once, one asks; the others find what it brought.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// More questions than are ever asked at once. One that falls out is asked twice, which does no harm.
const MOST: u64 = 10_000;

#[derive(Debug)]
pub struct Asking(Cache<String, Arc<Mutex<()>>>);

impl Asking {
    pub fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// Waits until nobody else asks this.
    pub async fn alone(&self, question: &str) -> OwnedMutexGuard<()> {
        let line = self.0.get_with_by_ref(question, Arc::default);
        line.lock_owned().await
    }
}
