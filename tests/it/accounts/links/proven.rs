//! What a proof does to the claims and the proofs of others, and to one's own.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use sqlx::Executor;

use crate::harness::{Answer, Player, SentAway, Steam, TestApp, eventually, page_of};

struct World {
    app: TestApp,
    steam: Steam,
}

async fn world() -> World {
    let steam = Steam::start().await;
    let app = TestApp::builder()
        .setting("STEAM_OPENID_URL", steam.endpoint())
        .start()
        .await;
    World { app, steam }
}

fn steam_id(number: u32) -> String {
    (76_561_197_960_265_728 + u64::from(number)).to_string()
}

impl World {
    async fn prove(&self, player: &Player, steam_id: &str) -> Answer {
        let sent = SentAway::by(&player.get("/link/steam/start").await);
        let now = self.app.clock.now();
        let nonce = format!("{}{steam_id}{}", player.id, uuid::Uuid::new_v4());
        let assertion = self.steam.assert(&sent.location, steam_id, now, &nonce);
        sent.back(&self.app, "/link/steam/callback", &assertion.query())
            .await
    }
}

async fn claim(player: &Player, steam_id: &str) -> Answer {
    let body = json!({ "steamId": steam_id });
    player.post("/link/steam").json(&body).await
}

async fn links(player: &Player) -> Vec<Value> {
    page_of(&player.get("/links").await.assert_ok(), "links").0
}

#[tokio::test]
async fn a_proof_displaces_claims_and_stands_against_other_proofs() {
    let world = world().await;
    let (ada, eve) = (
        world.app.register("Ada").await,
        world.app.register("Eve").await,
    );
    let id = steam_id(1);
    claim(&eve, &id).await.assert_ok();
    claim(&eve, &id).await.assert_ok();
    world.prove(&ada, &id).await.assert_ok();
    assert_eq!(links(&eve).await, Vec::<Value>::new());
    claim(&eve, &id).await.assert_error(409, "identity_taken");
    let refused = world.prove(&eve, &id).await;
    let body = refused.assert_error(409, "identity_taken").to_string();
    assert!(!body.contains("Ada") && !body.contains(&ada.id), "{body}");
    assert_eq!(links(&ada).await[0]["verified"], true);
    // Whoever gives it up makes it free.
    ada.delete("/link/steam").await.assert_gone();
    world.prove(&eve, &id).await.assert_ok();
    eve.delete("/me").await.assert_gone();
    world.prove(&ada, &id).await.assert_ok();
}

#[tokio::test]
async fn a_claim_never_weakens_a_proof_unless_it_names_another_account() {
    let world = world().await;
    let (ada, bob) = (
        world.app.register("Ada").await,
        world.app.register("Bob").await,
    );
    let (first, second) = (steam_id(1), steam_id(2));
    claim(&ada, &first).await.assert_ok();
    world.prove(&ada, &first).await.assert_ok();
    world.prove(&ada, &first).await.assert_ok();
    let again = claim(&ada, &first).await.assert_ok();
    assert_eq!(again["verified"], true);
    let other = claim(&ada, &second).await.assert_ok();
    assert_eq!(
        (&other["externalId"], &other["verified"]),
        (&json!(second), &json!(false))
    );
    world.prove(&bob, &first).await.assert_ok();
    // And a proof takes the place of whatever was there.
    let third = steam_id(3);
    let proven = world.prove(&bob, &third).await.assert_ok();
    assert_eq!(
        (&proven["externalId"], &proven["verified"]),
        (&json!(third), &json!(true))
    );
    assert_eq!(links(&bob).await.len(), 1);
    world.prove(&ada, &first).await.assert_ok();
}

#[tokio::test]
async fn of_many_who_prove_the_same_account_at_once_one_has_it() {
    let world = world().await;
    let id = steam_id(1);
    let names: Vec<String> = (0..6).map(|number| format!("Player {number}")).collect();
    let players = join_all(names.iter().map(|name| world.app.register(name))).await;
    // Some have claimed it before.
    for player in players.iter().step_by(2) {
        claim(player, &id).await.assert_ok();
    }
    let answers = join_all(players.iter().map(|player| world.prove(player, &id))).await;
    let proven = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(proven, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.assert_error(409, "identity_taken");
    }
    let rows = format!("select count(*) from identities where external_id = '{id}'");
    assert_eq!(world.app.database.count(&rows).await, 1);
}

#[tokio::test]
async fn two_who_prove_what_the_other_claims_do_not_wait_for_each_other_for_ever() {
    let world = world().await;
    let database = &world.app.database;
    let (ada, bob) = (
        world.app.register("Ada").await,
        world.app.register("Bob").await,
    );
    let (first, second) = (steam_id(1), steam_id(2));
    claim(&ada, &first).await.assert_ok();
    claim(&bob, &second).await.assert_ok();
    // Whoever has taken a claim away is held there, until both have come as far as they can.
    database
        .execute(
            "create function hold() returns trigger language plpgsql as
                 $$ begin perform pg_advisory_xact_lock_shared(4711); return null; end $$;
             create trigger hold after delete on identities for each row execute function hold()",
        )
        .await;
    let mut holding = database.pool.begin().await.unwrap();
    holding
        .execute("select pg_advisory_xact_lock(4711)")
        .await
        .unwrap();
    let release = async {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        eventually("both wait", async || {
            (database.count(waiting).await == 2).then_some(())
        })
        .await;
        holding.rollback().await.unwrap();
    };
    let proofs = join(world.prove(&ada, &second), world.prove(&bob, &first));
    let ((of_ada, of_bob), ()) = join(proofs, release).await;
    assert_eq!(of_ada.assert_ok()["externalId"], second);
    assert_eq!(of_bob.assert_ok()["externalId"], first);
}

#[tokio::test]
async fn other_features_learn_which_account_it_is() {
    let world = world().await;
    let ada = world.app.register("Ada").await;
    let seen = async || {
        let pool = &world.app.database.pool;
        let linked = accounts::links::steam_of(pool, ada.user_id())
            .await
            .unwrap();
        linked.map(|linked| (linked.external_id, linked.verified))
    };
    assert_eq!(seen().await, None);
    let discord = json!({ "discordId": "80351110224678912", "username": "ada" });
    ada.post("/link/discord").json(&discord).await.assert_ok();
    assert_eq!(seen().await, None);
    claim(&ada, &steam_id(1)).await.assert_ok();
    assert_eq!(seen().await, Some((steam_id(1), false)));
    world.prove(&ada, &steam_id(1)).await.assert_ok();
    assert_eq!(seen().await, Some((steam_id(1), true)));
}
