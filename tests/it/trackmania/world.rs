//! A mapper with maps, and somebody who wants to know what is new there.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{Player, TestApp, Upstream, row};

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
