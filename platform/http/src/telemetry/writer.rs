//! Lines on their way out. Whoever logs only copies a line to a buffer; one thread writes what has gathered, with one
//! system call. Nothing is lost: when the buffer is full, whoever logs waits, and dropping the guard writes the rest.
//!
//! A channel of lines would cost each line an allocation, and each line of a busy server a wake-up.

use std::io::Write;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// Bytes that may wait to be written.
const CAPACITY: usize = 1024 * 1024;
/// Once this much has gathered, it is written.
const BATCH: usize = 64 * 1024;
/// The longest that a line waits for others, so that is what a killed process may lose. Errors don't wait.
const PATIENCE: Duration = Duration::from_millis(10);

/// Where lines are put. Cloning shares the buffer.
#[derive(Clone, Debug)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Wakes the writer.
    filled: Condvar,
    /// Wakes those who wait for room.
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    urgent: bool,
    closed: bool,
}

impl Lines {
    pub(super) fn put(&self, line: &[u8], urgent: bool) {
        let mut state = self.0.state.lock();
        while state.waiting.len() >= CAPACITY && !state.closed {
            self.0.emptied.wait(&mut state);
        }
        if state.closed {
            return;
        }
        let was_due = state.is_due();
        let was_empty = state.waiting.is_empty();
        state.waiting.extend_from_slice(line);
        state.urgent |= urgent;
        if was_empty || (!was_due && state.is_due()) {
            self.0.filled.notify_one();
        }
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.urgent || self.closed || self.waiting.len() >= BATCH
    }
}

/// Writes what is left when it is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(mut out: impl Write + Send + 'static) -> std::io::Result<(Self, Lines)> {
        let lines = Lines(Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        }));
        let shared = Arc::clone(&lines.0);
        let thread = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                let mut batch = Vec::with_capacity(BATCH);
                while shared.next(&mut batch) {
                    // There is nobody to tell that the log can't be written.
                    let _ = out.write_all(&batch).and_then(|()| out.flush());
                }
            })?;
        let writer = Self {
            lines: lines.clone(),
            thread: Some(thread),
        };
        Ok((writer, lines))
    }
}

impl Shared {
    /// Waits for lines, and takes them. False once there will be no more.
    fn next(&self, batch: &mut Vec<u8>) -> bool {
        batch.clear();
        let mut state = self.state.lock();
        while state.waiting.is_empty() && !state.closed {
            self.filled.wait(&mut state);
        }
        if !state.is_due() {
            let gathering = |state: &mut State| !state.is_due();
            self.filled.wait_while_for(&mut state, gathering, PATIENCE);
        }
        std::mem::swap(&mut state.waiting, batch);
        state.urgent = false;
        drop(state);
        self.emptied.notify_all();
        !batch.is_empty()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines.0.state.lock().closed = true;
        self.lines.0.filled.notify_one();
        self.lines.0.emptied.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
