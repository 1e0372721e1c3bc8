//! A mapper with maps, and somebody who wants to know what is new there.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Player, TestApp, Upstream, eventually, row};

pub const TOP: &str = "/top?";
pub const POSITIONS: &str = "/group/map?";
/// Ada, at Trackmania Exchange.
pub const ADA: i64 = 7;

pub struct World {
    pub upstream: Upstream,
    pub app: TestApp,
    pub eve: Player,
}

/// A row that was driven so many minutes ago.
pub fn driven(app: &TestApp, driver: u128, position: i64, minutes: i64) -> Value {
    let mut row = row(driver, position, 20_000 + position);
    let at = app.clock.now() - SignedDuration::from_mins(minutes);
    row["timestamp"] = json!(at.as_second());
    row
}

pub fn listed(id: i64, uid: &str, authors: &[(i64, &str)]) -> Value {
    let person = |(id, name): &(i64, &str)| json!({ "UserId": id, "Name": name });
    let others = authors
        .iter()
        .map(|author| json!({ "User": person(author), "Role": "" }));
    json!({
        "MapId": id, "MapUid": uid, "Name": format!("The {uid}"), "UploadedAt": "2025-05-03T18:48:16.15",
        "Uploader": person(&authors[0]), "Authors": others.collect::<Vec<_>>(),
    })
}

impl World {
    /// Ada has made so many maps, each with one record of yesterday.
    pub async fn with_maps(count: i64) -> Self {
        let upstream = Upstream::start().await;
        let app = upstream.server().await;
        Self::of(upstream, app, count).await
    }

    /// The same on this server.
    pub async fn of(upstream: Upstream, app: TestApp, count: i64) -> Self {
        for number in 0..count {
            let uid = format!("Hill{number}");
            upstream.list(listed(number + 1, &uid, &[(ADA, "Ada")]));
            upstream.map(&uid, [driven(&app, 1, 1, 36 * 60)]);
        }
        let eve = app.register("Eve").await;
        Self { upstream, app, eve }
    }

    /// Somebody drives on a map, and is the last of it.
    pub fn drive(&self, uid: &str, driver: u128) {
        self.upstream.drive(uid, driven(&self.app, driver, 50, 5));
    }
}

/// What somebody was told, the newest first.
pub async fn told(player: &Player) -> Vec<Value> {
    let list = player.get("/notifications").await.assert_ok();
    list["notifications"].as_array().unwrap().clone()
}

const OPEN_STEPS: &str = "select count(*) from jobs where kind like 'trackmania.%' and kind <> 'trackmania.end-run' and finished_at is null";

impl World {
    /// A day later, with everybody signed in anew.
    pub async fn next_day(&mut self) {
        self.app.advance(24 * 3_600);
        self.eve = self.again(&self.eve).await;
    }

    /// Signed in anew.
    pub async fn again(&self, player: &Player) -> Player {
        self.app.login(&player.email, PASSWORD).await
    }

    /// Runs over all mapper alerts, until everybody is told.
    pub async fn run(&self) {
        self.begin_run().await;
        self.until_told().await;
    }

    pub async fn begin_run(&self) {
        self.app.run_chore("trackmania.mapper-alerts").await;
    }

    pub async fn until_told(&self) {
        eventually("the run is over", async || {
            self.is_told().await.then_some(())
        })
        .await;
    }

    pub async fn is_told(&self) -> bool {
        self.app.database.count(OPEN_STEPS).await == 0
    }

    /// Waits until a service is left alone that has failed again and again.
    pub async fn until_paused(&self) {
        eventually("the run pauses", async || {
            self.is_paused().await.then_some(())
        })
        .await;
    }

    pub async fn is_paused(&self) -> bool {
        let now = self.app.clock.now();
        let paused = format!(
            "select count(*) from jobs where kind = 'trackmania.mapper-alerts.step' and due_at > '{now}'"
        );
        self.app.database.count(&paused).await == 1
    }

    /// This of the run that began last.
    pub async fn last_run(&self, what: &str) -> String {
        let sql = format!("select {what} from check_runs order by started_at desc limit 1");
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
        query.fetch_one(&self.app.database.pool).await.unwrap()
    }

    /// As it is listed now.
    pub async fn alert(&self, alert: &Value) -> Value {
        let list = self.eve.get("/alerts").await.assert_ok();
        let mut alerts = list["alerts"].as_array().unwrap().iter();
        let found = alerts.find(|listed| listed["id"] == alert["id"]);
        found.expect("it is listed").clone()
    }
}
