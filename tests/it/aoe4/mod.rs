//! Age of Empires IV: matches and reviews.

mod coach;
mod ends;
mod matches;
mod privacy;
mod reviews;
mod shapes;
mod sharing;
mod sync;
mod told;

use serde_json::Value;

use crate::harness::{AoE4World, PASSWORD, Player, TestApp, eventually};

/// A player with matches whose summaries are published.
struct World {
    upstream: AoE4World,
    app: TestApp,
    ada: Player,
}

impl World {
    async fn with_matches(ids: impl IntoIterator<Item = u64> + Clone) -> Self {
        Self::on(AoE4World::start().await, &[], ids).await
    }

    async fn on(
        upstream: AoE4World,
        settings: &[(&str, &str)],
        ids: impl IntoIterator<Item = u64> + Clone,
    ) -> Self {
        let mut app = upstream.builder();
        for (name, value) in settings {
            app = app.setting(name, *value);
        }
        let app = app.start().await;
        let ada = app.register("Ada").await;
        ada.link_steam().await;
        upstream.play(ids.clone());
        for id in ids {
            upstream.publish(id);
        }
        ada.post("/games/sync").await.assert_ok();
        Self { upstream, app, ada }
    }

    /// So many seconds later, after which access tokens may be over.
    async fn later(self, seconds: u64) -> Self {
        self.app.advance(seconds);
        let ada = self.app.login(&self.ada.email, PASSWORD).await;
        Self { ada, ..self }
    }

    /// Asks for a review, and gives the job's id.
    async fn request(&self, game: u64) -> String {
        let answer = self.ada.post(&format!("/games/{game}/review")).await;
        let asked = answer.assert_status(202).json();
        asked["jobId"].as_str().unwrap().to_owned()
    }

    /// The review, once it is there.
    async fn reviewed(&self, game: u64) -> Value {
        let id = eventually("the review is there", async || {
            let game = self.ada.get(&format!("/games/{game}")).await.assert_ok();
            (game["status"] == "reviewed").then(|| game["reviewId"].as_str().unwrap().to_owned())
        })
        .await;
        self.ada.get(&format!("/reviews/{id}")).await.assert_ok()
    }

    /// A job, once it is so.
    async fn until(&self, job: &str, state: &str) -> Value {
        eventually("the job has come so far", async || {
            let job = self.ada.get(&format!("/jobs/{job}")).await.assert_ok();
            (job["state"] == state).then_some(job)
        })
        .await
    }
}
