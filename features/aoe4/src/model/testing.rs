//! Made-up matches of the real shape, for the tests of the rules.

use serde_json::{Value, json};

/// Builds a summary.
pub struct MadeUp {
    players: Vec<Value>,
    length: u32,
    kind: &'static str,
}

impl MadeUp {
    /// A match of so many game seconds.
    pub fn lasting(length: u32) -> Self {
        Self {
            players: Vec::new(),
            length,
            kind: "rm_1v1",
        }
    }

    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub fn with(mut self, player: MadeUpPlayer) -> Self {
        self.players.push(player.value(self.length));
        self
    }

    pub fn value(self) -> Value {
        json!({
            "gameId": 71, "winReason": "Surrender", "mapId": 5, "mapName": "Hollow Marsh", "mapSize": "micro",
            "mapSizeMaxPlayers": 8, "mapBiome": null, "mapSeed": "12", "leaderboard": self.kind,
            "duration": self.length + 24, "startedAt": 1_770_000_000, "finishedAt": 1_770_000_000 + u64::from(self.length) + 24,
            "spectatorsCount": 0, "players": self.players, "summaryVersion": 16, "analysisVersion": 1,
            "_recentGameHash": {"players": [{"profile_id": 1, "station": "not to be kept"}]}
        })
    }

    pub fn summary(self) -> super::summary::Summary {
        super::summary::Summary::parse(&self.value()).expect("a summary")
    }
}

/// Builds what a summary says of one player, who makes nothing but what is said here.
#[derive(Clone)]
pub struct MadeUpPlayer {
    profile_id: u64,
    civilization: &'static str,
    team: u32,
    result: &'static str,
    apm: u32,
    entries: Vec<Value>,
    actions: serde_json::Map<String, Value>,
    landmarks: Vec<Value>,
    /// Total score at the end, and on the way: (seconds, score).
    scores: Vec<(u32, i64)>,
    /// Stock of each of food, gold and wood: (seconds, amount).
    stock: Vec<(u32, i64)>,
    per_minute: i64,
}

impl MadeUpPlayer {
    pub fn new(
        profile_id: u64,
        civilization: &'static str,
        team: u32,
        result: &'static str,
    ) -> Self {
        Self {
            profile_id,
            civilization,
            team,
            result,
            apm: 100,
            entries: Vec::new(),
            actions: serde_json::Map::new(),
            landmarks: Vec::new(),
            scores: vec![(0, 0)],
            stock: vec![(0, 150)],
            per_minute: 900,
        }
    }

    fn entry(mut self, kind: &str, icon: &str, made: (&str, &[u32]), destroyed: &[u32]) -> Self {
        let mut entry = json!({
            "id": format!("{}", 11_000_000 + self.entries.len()), "icon": format!("icons/races/{icon}"),
            "pbgid": 700 + self.entries.len(), "modid": null, "type": kind, "finished": [], "constructed": [],
            "packed": [], "unpacked": [], "transformed": [], "destroyed": destroyed, "unknown": {}
        });
        entry[made.0] = json!(made.1);
        self.entries.push(entry);
        self
    }

    pub fn unit(self, name: &str, finished: &[u32], destroyed: &[u32]) -> Self {
        self.entry(
            "Unit",
            &format!("common/units/{name}"),
            ("finished", finished),
            destroyed,
        )
    }

    pub fn building(self, name: &str, constructed: &[u32], destroyed: &[u32]) -> Self {
        self.entry(
            "Building",
            &format!("common/buildings/{name}"),
            ("constructed", constructed),
            destroyed,
        )
    }

    pub fn upgrade(self, name: &str, at: u32) -> Self {
        self.entry(
            "Upgrade",
            &format!("common/upgrades/{name}"),
            ("finished", &[at]),
            &[],
        )
    }

    /// Six villagers, the capital, and then a villager each 20 s from `first` to `last`.
    pub fn villagers(self, first: u32, last: u32, lost: &[u32]) -> Self {
        let mut finished = vec![0; 6];
        finished.extend((first..=last).step_by(20));
        self.unit("villager", &finished, lost)
            .building("town_centre_capitol", &[0], &[])
    }

    /// 2 Feudal, 3 Castle, 4 Imperial, with the landmark that led there.
    pub fn age(mut self, age: u32, at: u32, landmark: &str) -> Self {
        let action =
            ["feudalAge", "castleAge", "imperialAge"][usize::try_from(age - 2).expect("an age")];
        self.actions.insert(action.to_owned(), json!([at]));
        self.landmarks.push(json!({
            "pbgid": 900 + age, "gameTime": at, "minAge": age - 1, "newAge": age, "name": landmark, "icon": "x"
        }));
        self.entry(
            "Age",
            &format!("hud/age/age_display_persistent_{age}"),
            ("finished", &[at]),
            &[],
        )
    }

    pub fn action(mut self, name: &str, times: &[u32]) -> Self {
        self.actions.insert(name.to_owned(), json!(times));
        self
    }

    /// Straight between the points that are given.
    pub fn score(mut self, points: &[(u32, i64)]) -> Self {
        self.scores = points.to_vec();
        self
    }

    pub fn stock(mut self, points: &[(u32, i64)]) -> Self {
        self.stock = points.to_vec();
        self
    }

    pub fn per_minute(mut self, amount: i64) -> Self {
        self.per_minute = amount;
        self
    }

    pub fn value(self, length: u32) -> Value {
        let timestamps: Vec<u32> = (0..=length).step_by(20).collect();
        let sample = |points: &[(u32, i64)], part: i64| -> Vec<i64> {
            timestamps
                .iter()
                .map(|&at| between(points, at) * part / 100)
                .collect()
        };
        let gathered = |part: i64| -> Vec<i64> {
            timestamps
                .iter()
                .map(|&at| self.per_minute * i64::from(at) / 60 * part / 100)
                .collect()
        };
        let rate = |part: i64| vec![self.per_minute * part / 100; timestamps.len()];
        let all = self.per_minute * i64::from(length) / 60;
        let left = between(&self.stock, length);
        let total = between(&self.scores, length);
        let units = |name: &str| -> usize {
            let units = self.entries.iter().filter(|entry| entry["type"] == "Unit");
            units
                .filter_map(|entry| entry[name].as_array())
                .map(Vec::len)
                .sum()
        };
        let mut stats = json!({"gt": length, "sqprod": units("finished")});
        if units("destroyed") > 0 {
            stats["sqlost"] = json!(units("destroyed"));
        }
        json!({
            "profileId": self.profile_id, "name": format!("Player {}", self.profile_id),
            "civilization": self.civilization, "civilizationAttrib": self.civilization, "team": self.team,
            "teamName": format!("Team {}", self.team + 1), "apm": self.apm, "result": self.result, "_stats": stats,
            "actions": self.actions,
            "scores": {
                "total": total, "military": total * 40 / 100, "economy": total * 40 / 100,
                "technology": total * 15 / 100, "society": total * 5 / 100
            },
            "totalResourcesGathered": {
                "food": all / 2, "gold": all / 5, "stone": 0, "wood": all * 3 / 10, "oliveoil": 0, "total": all
            },
            "totalResourcesSpent": {"total": all - 3 * left, "food": all / 2 - left, "gold": all / 5 - left, "wood": all * 3 / 10 - left, "stone": 0},
            "resources": {
                "food": sample(&self.stock, 100), "gold": sample(&self.stock, 100), "stone": rate(0),
                "wood": sample(&self.stock, 100), "foodPerMin": rate(50), "goldPerMin": rate(20), "stonePerMin": rate(0),
                "woodPerMin": rate(30), "foodGathered": gathered(50), "goldGathered": gathered(20),
                "stoneGathered": gathered(0), "woodGathered": gathered(30), "total": sample(&self.scores, 100),
                "military": sample(&self.scores, 40), "economy": sample(&self.scores, 40),
                "technology": sample(&self.scores, 15), "society": sample(&self.scores, 5), "timestamps": timestamps
            },
            "buildOrder": self.entries, "analysis": {"landmarks": self.landmarks}
        })
    }
}

fn between(points: &[(u32, i64)], at: u32) -> i64 {
    let after = points.partition_point(|&(time, _)| time <= at);
    match (
        after.checked_sub(1).map(|before| points[before]),
        points.get(after),
    ) {
        (Some((from, low)), Some(&(to, high))) => {
            low + (high - low) * i64::from(at - from) / i64::from(to - from)
        }
        (Some((_, last)), None) => last,
        (None, Some(&(_, first))) => first,
        (None, None) => 0,
    }
}

/// A duel that the player wins: Feudal first, a pause of the town centre, and a battle at 12:00.
pub fn duel() -> MadeUp {
    let me = MadeUpPlayer::new(1, "english", 0, "win")
        .villagers(20, 600, &[])
        .unit(
            "villager",
            &(680..=960).step_by(20).collect::<Vec<_>>(),
            &[],
        )
        .building("town_center", &[540], &[])
        .unit(
            "spearman_1",
            &(280..=400).step_by(20).collect::<Vec<_>>(),
            &[725, 728],
        )
        .unit(
            "archer_2",
            &(420..=700).step_by(20).collect::<Vec<_>>(),
            &[730],
        )
        .upgrade("wheelbarrow", 420)
        .upgrade("wood_gather_1", 500)
        .upgrade("ranged_damage_technology_1", 640)
        .age(2, 255, "Council of Larks")
        .age(3, 760, "Tower of Wrens")
        .score(&[(0, 0), (400, 500), (720, 1200), (780, 1600), (960, 2100)])
        .stock(&[(0, 150), (500, 100), (900, 260), (960, 200)])
        .per_minute(1010);
    let opponent = MadeUpPlayer::new(2, "holy_roman_empire", 1, "loss")
        .villagers(20, 420, &[735, 740, 745])
        .unit(
            "manatarms_2",
            &(400..=700).step_by(30).collect::<Vec<_>>(),
            &[722, 724, 726, 729, 731, 733],
        )
        .upgrade("food_gather_1", 610)
        .age(2, 310, "Chapel of Rooks")
        .action("monkStatetreeDepositRelic", &[700])
        .score(&[(0, 0), (400, 700), (720, 1300), (780, 900), (960, 950)])
        .stock(&[(0, 150), (500, 300), (900, 700), (960, 800)])
        .per_minute(860);
    MadeUp::lasting(960).with(me).with(opponent)
}

/// Eight players, four a side; the player's side loses.
pub fn four_a_side() -> MadeUp {
    let civilizations = [
        "french",
        "rus",
        "chinese",
        "malians",
        "mongols",
        "ottomans",
        "japanese",
        "byzantines",
    ];
    (1..).zip(civilizations).fold(
        MadeUp::lasting(1500).kind("rm_4v4"),
        |made, (id, civilization)| {
            let (team, result) = if id <= 4 { (0, "loss") } else { (1, "win") };
            let score = if id <= 4 { 1500 } else { 1900 };
            made.with(
                MadeUpPlayer::new(id, civilization, team, result)
                    .villagers(20, 1200, &[])
                    .unit(
                        "horseman_2",
                        &(400..=1000).step_by(15).collect::<Vec<_>>(),
                        &[900; 4],
                    )
                    .age(2, 280, "Hall of Larks")
                    .score(&[(0, 0), (1500, score)]),
            )
        },
    )
}
