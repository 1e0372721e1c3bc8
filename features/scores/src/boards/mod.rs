//! The boards in memory: what answers every read.
//!
//! Invariant: a [`Board`] that says version V holds exactly what PostgreSQL held at version V. Changes are
//! applied in the order of their versions and none is skipped; where one is missing for too long, the board is
//! read anew. So two servers that show the same version show the same ranks. Servers tell each other their changes as
//! they happen (`sharing`).

mod board;
mod directory;
mod feed;
mod finished;
mod load;
mod registry;
mod sharing;
mod view;

pub use board::{Board, BoardError, Change, Changes, Ranking, Window};
pub use directory::{Directory, Names, Player};
pub use feed::{feed, snapshot};
pub use finished::FinishedPeriods;
pub use load::{Loaded, compare, load_all, load_definitions, reload, repair_gaps};
pub use registry::Boards;
pub use view::{EntryView, user_of, write_entries, write_open_entry};
