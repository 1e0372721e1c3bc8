//! `grandstand social`: followers and presence in DynamoDB.

use std::process::ExitCode;

use clap::Args;

use crate::config::Config;

#[derive(Args, Debug)]
pub struct CopyArguments {
    /// What is copied.
    #[arg(long, value_name = "STORE", value_parser = ["postgres"])]
    from: String,
    /// Where to.
    #[arg(long, value_name = "STORE", value_parser = ["dynamodb"])]
    to: String,
}

#[cfg(not(feature = "aws"))]
const ABSENT: &str = "this build knows no DynamoDB: build with --features aws";

#[cfg(not(feature = "aws"))]
pub async fn create_social_tables(_: &Config) -> anyhow::Result<ExitCode> {
    anyhow::bail!(ABSENT)
}

#[cfg(not(feature = "aws"))]
pub async fn copy_social(_: &Config, _: &CopyArguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!(ABSENT)
}

#[cfg(feature = "aws")]
pub use self::with_aws::{copy_social, create_social_tables};

#[cfg(feature = "aws")]
mod with_aws {
    use indicatif::{ProgressBar, ProgressStyle};
    use social::{Copied, CopyProgress, DynamoStore, Made};

    use super::*;
    use crate::config::SocialStoreKind;
    use crate::wiring::copy::StatsInPostgres;
    use crate::{Store, aws};

    /// # Errors
    /// When one of them is there as another table, or DynamoDB can't be reached or refuses.
    pub async fn create_social_tables(config: &Config) -> anyhow::Result<ExitCode> {
        let made = aws::dynamo_tables(config).await.create().await?;
        let lines = made.iter().map(|(name, made)| match made {
            Made::Now => format!("{name}: made\n"),
            Made::Before => format!("{name}: already there\n"),
        });
        crate::commands::print(&lines.collect::<String>())?;
        Ok(ExitCode::SUCCESS)
    }

    /// Fails if the two don't agree in the end.
    ///
    /// # Errors
    /// When a store is away, or DynamoDB is used already.
    pub async fn copy_social(config: &Config, _: &CopyArguments) -> anyhow::Result<ExitCode> {
        if config.social.store == SocialStoreKind::DynamoDb {
            anyhow::bail!(
                "SOCIAL_STORE is dynamodb: a copy would undo what has changed there since. Copy first, with SOCIAL_STORE=postgres, and switch after it."
            );
        }
        let tables = aws::dynamo_tables(config).await;
        tables.check().await?;
        let store = Store::open_for_command(config).await?;
        let target = DynamoStore::new(tables, store.database.clone());
        let bar = progress_bar();
        let stats = StatsInPostgres(store.database.clone());
        let copied = target
            .copy_from_postgres(&stats, &|progress| show(&bar, progress))
            .await;
        bar.finish_and_clear();
        store.close().await;
        let (follows, stats) = copied?;
        crate::commands::print(&summary(&follows, &stats))?;
        Ok(if agree(&follows) && agree(&stats) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn agree(copied: &Copied) -> bool {
        copied.in_postgres == copied.in_dynamodb
    }

    fn summary(follows: &Copied, stats: &Copied) -> String {
        let line = |what, copied: &Copied| {
            let Copied {
                written,
                removed,
                in_postgres,
                in_dynamodb,
            } = copied;
            format!(
                "{what}: {in_postgres} in PostgreSQL, {in_dynamodb} in DynamoDB; {written} written, {removed} removed\n"
            )
        };
        let end = if agree(follows) && agree(stats) {
            "Both agree. Set SOCIAL_STORE=dynamodb for every server, and start them again."
        } else {
            "They don't agree: something changed meanwhile. Stop the servers and run it again; only what differs is written."
        };
        format!(
            "{}{}{end}\n",
            line("follows and counts", follows),
            line("stats", stats)
        )
    }

    fn progress_bar() -> ProgressBar {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(
            "{msg:20} {bar:30} {percent:>3}%  {pos}/{len}  {eta} left",
        );
        match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }

    fn show(bar: &ProgressBar, progress: CopyProgress) {
        if bar.message() != progress.step {
            bar.reset();
            bar.set_message(progress.step);
        }
        bar.set_length(progress.of);
        bar.set_position(progress.done);
    }
}
