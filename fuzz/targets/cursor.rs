//! Any text as a cursor: never a panic, and what is read is what a cursor of the same place would have said.

#![no_main]

use kernel::Cursor;
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

/// What a leaderboard is paged by.
type Position = (u64, i64, Uuid);

fuzz_target!(|text: &str| {
    const LIST: &str = "entries:global";
    if let Ok(position) = Cursor::read::<Position>(text, LIST) {
        let again = Cursor::new(LIST, &position);
        assert_eq!(Cursor::read::<Position>(again.as_str(), LIST), Ok(position));
        assert!(Cursor::read::<Position>(text, "entries:other").is_err(), "of two lists at once");
    }
    let _ = Cursor::read::<String>(text, LIST);
    let _ = Cursor::read::<i64>(text, LIST);
});
