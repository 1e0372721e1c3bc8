//! `grandstand digest preview --user ID`: what would be sent.

use std::process::ExitCode;

use clap::Args;
use kernel::UserId;
use tokio_util::sync::CancellationToken;

use crate::Store;
use crate::config::Config;
use crate::wiring::{Features, Ground};

#[derive(Args, Debug)]
pub struct PreviewArguments {
    /// Whose.
    #[arg(long, value_name = "ID")]
    user: UserId,
    /// The HTML part, rather than the text.
    #[arg(long)]
    html: bool,
}

/// # Errors
/// If there is no such user, or the database is away.
pub async fn preview_digest(
    config: &Config,
    arguments: &PreviewArguments,
) -> anyhow::Result<ExitCode> {
    let store = Store::open_for_command(config).await?;
    let outcome = preview(config, arguments, &store).await;
    store.close().await;
    super::print(&outcome?)?;
    Ok(ExitCode::SUCCESS)
}

async fn preview(
    config: &Config,
    arguments: &PreviewArguments,
    store: &Store,
) -> anyhow::Result<String> {
    let secrets = config.secrets.obtain(&config.server.data_dir)?;
    let ground = Ground::for_command(config, store.database.clone())?;
    let public_url = config.server.address_at(config.server.port);
    let stopped = CancellationToken::new();
    stopped.cancel();
    let accounts = ground.accounts(config, &secrets, &public_url);
    let features = Features::start(config, &secrets, &ground, accounts, &public_url, stopped);
    let preview = features
        .notifications
        .preview_digest(arguments.user)
        .await?;
    Ok(match preview.mail {
        None => "Nothing has gathered: no mail would be sent.\n".to_owned(),
        Some(mail) if arguments.html => mail.html,
        Some(mail) => {
            let due = preview.due_at.map(kernel::rfc3339_milliseconds);
            let due = due.unwrap_or_default();
            format!("Due: {due}\nSubject: {}\n\n{}", mail.subject, mail.text)
        }
    })
}
