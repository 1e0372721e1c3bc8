use std::num::NonZeroUsize;

/// Where jobs wait. One queue for each thing that may be slow by itself: what waits for an outside API must not hold
/// up mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    pub name: &'static str,
    /// How many of its jobs one server runs at a time, within what the server runs in all.
    pub concurrency: NonZeroUsize,
}

impl Queue {
    pub const DEFAULT: Self = Self::new("default", 4);

    /// # Panics
    /// At compile time, as long as it makes a constant, if nothing could ever run.
    pub const fn new(name: &'static str, concurrency: usize) -> Self {
        match NonZeroUsize::new(concurrency) {
            Some(concurrency) => Self { name, concurrency },
            None => panic!("a queue of which nothing may run"),
        }
    }
}
