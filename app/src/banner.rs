//! The few lines that greet whoever starts the server.
//!
//! Invariant: the set-up link is a secret: it goes to the terminal, never to the log.

use std::io::{IsTerminal, Write};

use demo::aoe4world::AoE4World;
use demo::trackmania::Trackmania;

use crate::Server;
use crate::config::Config;

/// Prints where to go next. Where nobody looks, because the log is for machines, only the set-up link is printed,
/// and to stderr, so that the log stays parseable.
pub async fn print(server: &Server, config: &Config, pretty: bool) {
    let setup = setup_link(server).await;
    if pretty || std::io::stdout().is_terminal() {
        let text = text(server, config, setup.as_deref());
        // Whether somebody reads it is not the server's concern.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    } else if let Some(link) = setup {
        eprintln!(
            "grandstand: There is no admin yet. Make the first one at {link} (the link works once)."
        );
    }
}

async fn setup_link(server: &Server) -> Option<String> {
    match server.features().accounts.setup_token().await {
        Ok(token) => token.map(|token| format!("{}/setup?token={token}", server.public_url())),
        Err(error) => {
            tracing::error!(%error, "no set-up link could be made; the next start makes one");
            None
        }
    }
}

fn text(server: &Server, config: &Config, setup: Option<&str>) -> String {
    let url = server.public_url();
    let admin = match (setup, &config.accounts.first_admin) {
        (Some(link), _) => format!("{link}\n              (makes the first admin; works once)"),
        (None, Some(admin)) => format!("sign in as {} with ADMIN_PASSWORD", admin.email),
        (None, None) => "sign in with the account that was set up".to_owned(),
    };
    let data = match server.store().location() {
        Some(location) => format!("{}  (its own PostgreSQL)", location.display()),
        None => "in the database that DATABASE_URL names".to_owned(),
    };
    let made_up = server.made_up();
    let matches = made_up.aoe4world.as_ref().map(made_up_matches);
    let records = made_up.trackmania.as_ref().map(made_up_records);
    let made_up = [matches, records].map(Option::unwrap_or_default).concat();
    // As it was called: it may not be in PATH.
    let program = std::env::args().next();
    let program = program.as_deref().unwrap_or("grandstand");
    format!(
        "\n  Grandstand {version} is up.\n\n  \
         Leaderboard {url}/\n  \
         API         {url}/docs/\n  \
         Admin       {admin}\n  \
         Data        {data}\n  \
         Settings    {program} config\n\n  \
         {made_up}Ctrl-C stops it.\n\n",
        version = env!("CARGO_PKG_VERSION"),
    )
}

fn made_up_matches(world: &AoE4World) -> String {
    let players: String = world
        .suggested()
        .map(|(steam_id, what)| format!("    {steam_id}  {what}\n"))
        .collect();
    format!(
        "Matches of Age of Empires IV are made up. POST one of these to /api/v1/link/steam as\n  \
         {{\"steamId\": \"…\"}}, then POST /api/v1/games/sync:\n{players}\n  "
    )
}

fn made_up_records(world: &Trackmania) -> String {
    let drivers: Vec<&str> = world.suggested_drivers().map(|one| one.1).collect();
    format!(
        "Trackmania is made up. POST {{\"mapper\": \"{mapper}\"}} to /api/v1/maps/search, where there\n  \
         is always something new. Among the best there, and free to be linked:\n    {drivers}\n\n  ",
        mapper = world.suggested_mapper(),
        drivers = drivers.join(", "),
    )
}
