//! Simulated players at play, until the server stops or the demo is cleared.

use std::collections::HashMap;
use std::time::Duration;

use kernel::UserId;
use outbound::Error;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::Cast;
use crate::client::Client;
use crate::world::{Race, Track};

/// Before the next try while the server is away or loads its boards.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a player rests who was told to slow down.
const REST: Duration = Duration::from_secs(60);

/// Has the cast play through the public API of the server at `base_url`, such as `http://127.0.0.1:3000`, until
/// `shutdown`. Ends by itself once the server knows the key or a player no more: the demo was cleared, or another
/// server has begun one.
pub async fn play(base_url: &str, cast: Cast, shutdown: CancellationToken) {
    let client = match Client::new(base_url, cast.api_key.clone()) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "the demo could not begin");
            return;
        }
    };
    shutdown.run_until_cancelled(run(&client, &cast)).await;
}

async fn run(client: &Client, cast: &Cast) {
    let mut race = Race::new(&cast.world, cast.race_seed);
    if !learn_standings(client, cast, &mut race).await {
        return;
    }
    tracing::info!(
        players = cast.players.len(),
        "simulated players have begun to play"
    );
    let began = Instant::now();
    let mut is_away = false;
    loop {
        sleep(race.pause()).await;
        let Some(next) = race.next(began.elapsed()) else {
            continue;
        };
        let Some(player) = cast.players.get(next.player) else {
            continue;
        };
        let access_token = cast.accounts.access_token_of(*player);
        match client.play(player.id(), &access_token, next).await {
            Ok(scores) => {
                is_away = false;
                for (track, score) in scores {
                    race.learn(track, next.player, score);
                }
            }
            Err(Error::Status(429)) => race.rest(next.player, began.elapsed() + REST),
            Err(error) if is_over(&error) => {
                tracing::info!("the demo is over: it was cleared, or another server plays it");
                return;
            }
            Err(error) => {
                // Once, not for each play.
                if !is_away {
                    tracing::warn!(%error, "simulated players can't play; they go on trying");
                }
                is_away = true;
                sleep(PATIENCE).await;
            }
        }
    }
}

/// Looks at every board, which also waits until the server has loaded them. False if there is
/// nothing to play.
async fn learn_standings(client: &Client, cast: &Cast, race: &mut Race) -> bool {
    let places: HashMap<UserId, usize> = cast
        .players
        .iter()
        .map(|player| player.id())
        .zip(0..)
        .collect();
    for track in Track::ALL {
        let standings = loop {
            match client.standings(track).await {
                Ok(standings) => break standings,
                Err(error) if is_over(&error) => {
                    tracing::info!("the demo was cleared before it began");
                    return false;
                }
                Err(_) => sleep(PATIENCE).await,
            }
        };
        for (user, score) in standings {
            if let Some(place) = places.get(&user) {
                race.learn(track, *place, score);
            }
        }
    }
    true
}

/// Whether the server knows the key, the player or the board no more.
fn is_over(error: &Error) -> bool {
    matches!(error, Error::Status(401 | 403 | 404))
}
