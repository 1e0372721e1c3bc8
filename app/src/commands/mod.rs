//! What the command line can do, a file each.

mod demo;
mod digest;
mod doctor;
mod import;
mod schedules;
mod serve;
mod social;

use std::io::{ErrorKind, Write};

use anyhow::Context;

pub use self::demo::clear_demo;
pub use self::digest::{PreviewArguments, preview_digest};
pub use self::doctor::doctor;
pub use self::import::{ImportArguments, import_scores};
pub use self::schedules::{list_schedules, run_schedule};
pub use self::serve::serve;
pub use self::social::{CopyArguments, copy_social, create_social_tables};

use crate::config::{self, Config};

/// # Errors
/// If standard output can't be written to.
pub fn print_config(config: &Config, json: bool) -> anyhow::Result<()> {
    let entries = &config.entries;
    print(&if json {
        config::as_json(entries) + "\n"
    } else {
        config::as_table(entries)
    })
}

/// # Errors
/// If the document can't be made, or standard output can't be written to.
pub fn print_openapi() -> anyhow::Result<()> {
    let document = crate::document()?;
    print(&(serde_json::to_string_pretty(&document)? + "\n"))
}

/// Unlike `print!`, it doesn't panic when `head` has seen enough.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("couldn't write the output")
        }
        _ => Ok(()),
    }
}
