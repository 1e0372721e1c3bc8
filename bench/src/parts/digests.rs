//! Daily digests, from what gathered to the bytes that the mail server gets.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use kernel::Clock;
use notifications::mail::render::{self, Site};
use notifications::mail::{self, List, Mail, MailConfig, Mailer};
use notifications::{Digest, DigestItem};
use uuid::Uuid;

use super::Stage;
use crate::numbers::median;
use crate::report::{Line, Report, Wanted};

/// Events of a user's day: more than a digest shows.
const EVENTS: u64 = 25;

pub(super) fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    // Ten thousand at full scale.
    let count = stage.scale.players / 100;
    report.say(&format!("rendering {count} digests"));
    // Nothing is written there.
    let nowhere = MailConfig::Folder(PathBuf::new());
    let mailer = Mailer::new(mail::nobody(), nowhere, Clock::system());
    let site = Site {
        public_url: "https://play.example.org".to_owned(),
    };
    let mut times = Vec::new();
    for _ in 0..stage.scale.rounds {
        let days: Vec<_> = (0..count).map(day).collect();
        let began = Instant::now();
        for (user, items) in (0..count).zip(days) {
            let bytes = digest(&mailer, &site, user, items)?;
            ensure!(bytes.len() > 4096, "the digest of {user} is not whole");
        }
        times.push(began.elapsed().as_secs_f64());
    }
    report.add(
        Line::new(
            &format!("{count} digests of {EVENTS} events, rendered"),
            "s",
        )
        .ours(median(times))
        .wanted(Wanted::AtMost(count as f64 / 1000.0))
        .note("sorted, as text and HTML, to the bytes that the mail server gets; on one thread"),
    );
    Ok(())
}

/// What a user's day may have been.
fn day(user: u64) -> Vec<DigestItem> {
    let clock = Clock::system();
    let events = (0..EVENTS).map(|event| DigestItem {
        title: format!("Player {user} beat your record on Mountain Pass no. {event} <by a hair>"),
        body:
            "They took 1:02.345, which is 0.012 s less than your best & their third record today."
                .to_owned(),
        link: Some(format!("/leaderboards/pass-{event}")),
        importance: (event % 3) as i16,
        created_at: clock.now(),
    });
    events.collect()
}

fn digest(mailer: &Mailer, site: &Site, user: u64, items: Vec<DigestItem>) -> Result<Vec<u8>> {
    let digest = Digest::of(items).context("there is something to tell")?;
    let unsubscribe_url = site.unsubscribe(&format!("token-{user}"));
    let name = format!("Player {user}");
    let rendered = render::digest(site, &name, &digest, &unsubscribe_url)?;
    let mail = Mail {
        id: Uuid::from_u128(user.into()),
        to: format!("player-{user}@example.org"),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        list: Some(List {
            name: "Daily digest",
            unsubscribe_url,
        }),
    };
    mailer.format(&mail).context("the address is one")
}
