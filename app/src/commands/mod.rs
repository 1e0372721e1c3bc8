//! What the command line can do, a file each.

mod doctor;
mod serve;

pub use self::doctor::doctor;
pub use self::serve::serve;

use crate::config::{self, Config};

pub fn print_config(config: &Config, json: bool) {
    if json {
        println!("{}", config::as_json(&config.entries));
    } else {
        print!("{}", config::as_table(&config.entries));
    }
}

/// # Errors
/// If the document can't be made.
pub fn print_openapi() -> anyhow::Result<()> {
    let document = crate::document()?;
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}
