//! `grandstand demo clear`: takes away exactly what `serve --demo` made, also while a server runs.

use std::process::ExitCode;

use crate::config::Config;
use crate::store::Store;

/// # Errors
/// If the database is away.
pub async fn clear_demo(config: &Config) -> anyhow::Result<ExitCode> {
    let store = Store::open_for_command(config).await?;
    let result = demo::clear(&store.database).await;
    store.close().await;
    let demo::Cleared {
        players,
        leaderboards,
        plays,
    } = result?;
    super::print(&format!(
        "Removed {players} simulated players, {leaderboards} leaderboards and {plays} plays.\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
