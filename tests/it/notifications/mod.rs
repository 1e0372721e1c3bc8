mod account_mail;
mod digests;
mod discord;
mod feedback;
mod history;
mod mail_files;
mod preferences;
mod smtp;
mod smtp_tls;
mod unsubscribe;
mod webhooks;

use notifications::event::{Event, REVIEW_READY};
use serde_json::Value;

use crate::harness::{Player, eventually};

fn review(title: &str) -> Event {
    Event::new(&REVIEW_READY, title, "It took a while.").link("/reviews/1")
}

/// The newest notification of this player.
async fn newest(player: &Player) -> Value {
    let history = player.get("/notifications").await.assert_ok();
    history["notifications"][0].clone()
}

/// Waits until the newest notification's message on this channel has this status.
async fn delivered(player: &Player, channel: &str, status: &str) -> Value {
    let what = format!("{channel} is {status}");
    let found = eventually(&what, async || {
        let newest = newest(player).await;
        let deliveries = newest["deliveries"].as_array().cloned().unwrap_or_default();
        let mut found = deliveries.into_iter();
        found.find(|delivery| delivery["channel"] == channel && delivery["status"] == status)
    });
    found.await
}

/// Waits until the player is told that a channel takes no messages any more.
async fn told_of_closing(player: &Player) -> Value {
    eventually("the user is told", async || {
        let history = player.get("/notifications").await.assert_ok();
        let mut told = history["notifications"].as_array().cloned()?.into_iter();
        told.find(|told| told["event"] == "channel_closed")
    })
    .await
}
