//! Fills a world, and takes it away again.

use accounts::Accounts;
use accounts::demo::{DemoPlayer, NewDemoPlayer};
use anyhow::Context;
use db::Database;
use kernel::{Clock, Secret, Tag};
use scores::demo::{DemoBoard, Operator, ScoreOrder};
use scores::import::{Format, Import};

use crate::world::{Game, World};

/// Whoever plays a filled world: the players, and what they need for it.
pub struct Cast {
    pub(crate) world: World,
    /// In the order of [`World::players`].
    pub(crate) players: Vec<DemoPlayer>,
    pub(crate) accounts: Accounts,
    pub(crate) api_key: Secret,
    /// Each start plays another race.
    pub(crate) race_seed: u64,
}

/// What was taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    pub players: u64,
    pub leaderboards: u64,
    /// Plays, as the audit trail has them.
    pub plays: u64,
}

/// Fills the database with marked players, boards and what was played before. What is there already stays as it is,
/// so that a second start goes on where the first one stopped; one that broke off is completed.
///
/// Best before the boards are loaded: a running server notices the scores after a few seconds.
///
/// # Errors
/// When the database is away, or when somebody else has a player or a board by one of the demo's ids.
pub async fn fill(
    database: &Database,
    accounts: &Accounts,
    clock: &Clock,
    seed: u64,
) -> anyhow::Result<Cast> {
    let world = World::new(seed);
    let games = Game::ALL.map(|game| Tag::new(game.id()));
    let games = games.into_iter().collect::<Result<Vec<Tag>, _>>()?;
    let boards: Vec<DemoBoard> = Game::ALL
        .into_iter()
        .zip(&games)
        .map(|(game, id)| board(game, id))
        .collect();
    let made_at = scores::demo::ensure_boards(database, clock, &boards)
        .await
        .with_context(|| {
            let ids = games.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
            format!("could not make the demo's leaderboards: {ids}")
        })?;
    let players = ensure_players(database, clock, &world).await?;
    let import = Import {
        database: database.clone(),
        accounts: accounts.clone(),
        clock: clock.clone(),
        dry_run: false,
    };
    // The same lines as at the first start: whatever of them was imported is known.
    let history = world.history(made_at).into_bytes();
    let report = import
        .run_reader(Box::new(std::io::Cursor::new(history)), Format::JsonLines)
        .await?;
    let api_key = accounts::demo::replace_key(database, clock, &games).await?;
    tracing::info!(
        players = players.len(),
        plays = report.imported,
        "the demo's world is there"
    );
    let race_seed = clock.now().as_microsecond().unsigned_abs();
    Ok(Cast {
        world,
        players,
        accounts: accounts.clone(),
        api_key,
        race_seed,
    })
}

async fn ensure_players(
    database: &Database,
    clock: &Clock,
    world: &World,
) -> anyhow::Result<Vec<DemoPlayer>> {
    let wanted: Vec<NewDemoPlayer<'_>> = world
        .players()
        .iter()
        .map(|player| NewDemoPlayer {
            external_id: &player.external_id,
            screen_name: &player.screen_name,
            avatar: player.avatar,
        })
        .collect();
    let found = accounts::demo::ensure_players(database, clock, &wanted).await?;
    // Importing a real player's scores under a made-up name would be worse than no demo.
    found
        .into_iter()
        .collect::<Option<Vec<DemoPlayer>>>()
        .context("a player with an external id like demo-0001 was imported: the demo can't have the same")
}

fn board(game: Game, id: &Tag) -> DemoBoard {
    DemoBoard {
        game: id.clone(),
        title: game.title(),
        order: if game.is_ascending() {
            ScoreOrder::Asc
        } else {
            ScoreOrder::Desc
        },
        operator: if game.adds_up() {
            Operator::Sum
        } else {
            Operator::Best
        },
    }
}

/// Removes what [`fill`] and [`crate::play`] made, and nothing else: the marked players with their scores and plays,
/// the marked boards, and the key. A running server notices within seconds, and its simulated players stop.
///
/// # Errors
/// When the database is away. All of it is removed then, or none but the key.
pub async fn clear(database: &Database) -> anyhow::Result<Cleared> {
    // First: nobody is vouched for any more.
    accounts::demo::delete_key(database).await?;
    let mut transaction = database.begin().await?;
    let players = accounts::demo::lock_players(&mut transaction).await?;
    let removed = scores::demo::remove_players(&mut transaction, &players).await?;
    let deleted = accounts::demo::delete_players(&mut transaction, &players).await?;
    let leaderboards = scores::demo::remove_boards(&mut transaction, &removed).await?;
    transaction.commit().await.map_err(db::Error::from)?;
    Ok(Cleared {
        players: deleted,
        leaderboards,
        plays: removed.events,
    })
}
