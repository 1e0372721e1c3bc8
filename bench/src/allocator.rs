//! Counts what is allocated, in the one process that asks for it. In the others it costs one read of a flag.

#![allow(
    unsafe_code,
    reason = "a global allocator can't be had without, and only it knows what is really allocated"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

struct Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed to the system's allocator unchanged; the rest only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTS.load(Relaxed) {
            HELD.fetch_add(layout.size(), Relaxed);
        }
        // SAFETY: the caller keeps to the contract of `alloc`, which is ours too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if COUNTS.load(Relaxed) {
            HELD.fetch_sub(layout.size(), Relaxed);
        }
        // SAFETY: the pointer came from `alloc` above, with the same layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that are held more at the end of `work` than at its start. Other threads must allocate nothing.
pub fn bytes_held_by<T>(work: impl FnOnce() -> T) -> (T, usize) {
    COUNTS.store(true, Relaxed);
    let before = HELD.load(Relaxed);
    let result = work();
    let held = HELD.load(Relaxed).wrapping_sub(before);
    COUNTS.store(false, Relaxed);
    (result, held)
}
