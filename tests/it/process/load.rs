//! Players who play as fast as they can, and keep book about what they were answered.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::future::join_all;
use parking_lot::Mutex;

use crate::harness::{ActionToken, Api, GameService, Player, eventually, within};

pub struct Load {
    players: Vec<Player>,
    /// Each token is worth one point, so that sums are counts.
    tokens: Vec<Mutex<Vec<ActionToken>>>,
    /// Tokens that were handed in, and whether that was answered.
    sent: Vec<Mutex<Vec<(ActionToken, bool)>>>,
    answered: AtomicU64,
    unavailable: AtomicU64,
    stopped: AtomicBool,
}

impl Load {
    pub async fn prepare(api: &Api, service: &GameService, players: usize, plays: usize) -> Self {
        let mut load = Self {
            players: Vec::new(),
            tokens: Vec::new(),
            sent: Vec::new(),
            answered: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        };
        for number in 0..players {
            let player = api.register(&format!("Player {number}")).await;
            let tokens = join_all((0..plays).map(|_| service.vouch(&player, "chess", 1))).await;
            load.players.push(player);
            load.tokens.push(Mutex::new(tokens));
            load.sent.push(Mutex::default());
        }
        load
    }

    /// Until there are no more tokens, or [`Load::stop`].
    pub async fn play(&self, api: &Api) {
        join_all((0..self.players.len()).map(|number| self.play_one(number, api))).await;
    }

    async fn play_one(&self, number: usize, api: &Api) {
        let player = self.players[number].at(api);
        while !self.stopped.load(Ordering::Relaxed) {
            let Some(token) = self.tokens[number].lock().pop() else {
                return;
            };
            let answer = within("an answer", player.submit(&token, 1).attempt()).await;
            let answered = match &answer {
                Ok(answer) if answer.status == 200 => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    true
                }
                Ok(answer) => {
                    answer.assert_status(503);
                    let code = answer.json()["code"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned();
                    answer.assert_error(503, &code);
                    assert!(
                        ["database_unavailable", "busy", "stopping"].contains(&code.as_str()),
                        "{answer:?}"
                    );
                    self.unavailable.fetch_add(1, Ordering::Relaxed);
                    false
                }
                Err(_) => false,
            };
            self.sent[number].lock().push((token, answered));
            if answer.is_err() {
                // The server is gone; whoever goes on only knocks at a closed door.
                return;
            }
        }
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    pub fn unavailable(&self) -> u64 {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// Waits until so many plays more were answered.
    pub async fn more(&self, plays: u64) {
        let until = self.answered() + plays;
        eventually("plays are answered", async || {
            (self.answered() >= until).then_some(())
        })
        .await;
    }

    /// Every answered play is there, those that weren't answered are there once or not at all, and after they were sent
    /// again everything is there once.
    pub async fn check(&self, api: &Api) {
        for (player, sent) in self.players.iter().zip(&self.sent) {
            let (player, sent) = (player.at(api), sent.lock().clone());
            let answered = sent.iter().filter(|(_, answered)| *answered).count() as u64;
            let counted = score(api, &player).await;
            assert!(
                (answered..=sent.len() as u64).contains(&counted),
                "{counted} of {answered}..={}",
                sent.len()
            );
            for (token, answered) in &sent {
                let answer = player.submit(token, 1).await;
                answer.assert_ok();
                let replayed = answer.header("idempotent-replayed").is_some();
                assert!(replayed || !answered, "an answered play was lost");
            }
            assert_eq!(score(api, &player).await, sent.len() as u64);
        }
    }
}

async fn score(api: &Api, player: &Player) -> u64 {
    let answer = api.board("global").entry(player).await;
    match answer.status.as_u16() {
        404 => 0,
        _ => answer.assert_ok()["score"].as_u64().expect("a score"),
    }
}
