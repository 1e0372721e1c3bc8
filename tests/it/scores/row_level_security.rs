//! Tables with rows of users show a user's request that user's rows only, whatever the statement forgets.

use sqlx::{AssertSqlSafe, Executor, Row};

use crate::harness::{Player, TestApp};

/// Each table with rows of users, and the column that says whose they are.
const TABLES: [(&str, &str); 29] = [
    ("users", "id"),
    ("external_logins", "user_id"),
    ("identities", "user_id"),
    ("sessions", "user_id"),
    ("event_tickets", "user_id"),
    ("link_attempts", "user_id"),
    ("scores", "user_id"),
    ("user_game_stats", "user_id"),
    ("score_events", "user_id"),
    ("audit_log", "actor_id"),
    ("jobs", "owner_id"),
    ("dead_jobs", "owner_id"),
    ("account_tokens", "user_id"),
    ("notification_preferences", "user_id"),
    ("notifications", "user_id"),
    ("deliveries", "user_id"),
    ("digests", "user_id"),
    ("feedback", "user_id"),
    ("follows", "user_id"),
    ("follow_counts", "user_id"),
    ("blocks", "user_id"),
    ("presence", "user_id"),
    ("games", "user_id"),
    ("game_syncs", "user_id"),
    ("reviews", "user_id"),
    ("review_tasks", "user_id"),
    ("map_alerts", "user_id"),
    ("driver_notifications", "user_id"),
    ("driver_checks", "user_id"),
];

async fn two_players(app: &TestApp) -> (Player, Player) {
    let service = app.game_service(&[]).await;
    let (ada, bob) = (app.register("Ada").await, app.register("Bob").await);
    let (eve, mallory) = (app.register("Eve").await, app.register("Mallory").await);
    for player in [&ada, &bob] {
        player
            .put(&format!("/following/{}", eve.id))
            .await
            .assert_ok();
        player
            .put(&format!("/blocks/{}", mallory.id))
            .await
            .assert_gone();
        player
            .put("/presence")
            .json(&serde_json::json!({ "status": "home" }))
            .await
            .assert_ok();
        player.score(&service, "chess", 5).await;
        player
            .post("/link/steam")
            .json(&serde_json::json!({ "steamId": "76561197960287930" }))
            .await
            .assert_ok();
        player.event_ticket().await;
        player.get("/link/steam/start").await.assert_status(303);
        let id = player.uuid();
        app.database
            .execute(&format!(
                "insert into external_logins values ('https://issuer.example/', '{id}', '{id}', now());
                 insert into audit_log (at, actor_id, action, subject) values (now(), '{id}', 'test', 'test');
                 select enqueue_job('{id}', 'test', 'test', '{id}', '{{}}', null, 1::smallint, 3::smallint, now(), now());
                 insert into dead_jobs select '{id}', queue, kind, owner_id, payload, priority, attempts,
                     most_attempts, errors, created_at, started_at, now() from jobs where owner_id = '{id}'"
            ))
            .await;
        app.database
            .execute(&format!(
                "insert into account_tokens
                     values (decode(md5('{id}'), 'hex'), '{id}', 'reset_password', 'x', now(), now());
                 insert into notification_preferences (user_id, updated_at) values ('{id}', now());
                 insert into digests values ('{id}', '{id}', now(), now(), null, now());
                 insert into notifications values ('{id}', '{id}', 'x', null, 'x', 'x', null, 0, '{id}', now(), null);
                 insert into deliveries (id, user_id, notification_id, channel, created_at)
                     values ('{id}', '{id}', '{id}', 'email', now());
                 insert into feedback values ('{id}', '{id}', 'x', null, null, now());
                 insert into games (user_id, id, profile_id, payload, played_at, map, kind, civilization, opponent_civilizations)
                     values ('{id}', 1, 1, '{{}}', now(), 'x', 'x', 'x', '{{}}');
                 insert into game_syncs (user_id, steam_id) values ('{id}', '1');
                 insert into reviews (id, user_id, game_id, played_at, map, kind, civilization, llm_model, summary_md,
                                      key_moments, advice, facts, compared, generated_at)
                     values ('{id}', '{id}', 1, now(), 'x', 'x', 'x', 'rules', 'x', '[]', '[]', '[]', '[]', now());
                 insert into review_tasks (id, user_id, game_id, job_id, state, created_at)
                     values ('{id}', '{id}', 1, '{id}', 'queued', now());
                 insert into alert_targets (map_uid, name, touched_at) values ('{id}', 'x', now());
                 insert into map_alerts (id, user_id, target_id, created_at)
                     select '{id}', '{id}', id, now() from alert_targets where map_uid = '{id}';
                 insert into driver_notifications (id, user_id, account_id, map_uid, map_name, is_race, created_at, time,
                                                   ahead, checked_at)
                     values ('{id}', '{id}', '{id}', 'x', 'x', true, now(), 1, '{{}}', now());
                 insert into check_runs (id, kind, started_at, deadline_at, ended_at)
                     values ('{id}', 'driver_checks', now(), now(), now());
                 insert into driver_checks (run_id, notification_id, user_id, is_checked) values ('{id}', '{id}', '{id}', true)"
            ))
            .await;
    }
    (ada, bob)
}

#[tokio::test]
async fn every_table_with_rows_of_users_is_guarded() {
    let app = TestApp::start().await;
    let unguarded: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.columns join pg_class on relname = table_name
         where table_schema = 'public' and relkind in ('r', 'p') and not relrowsecurity
           and (column_name in ('user_id', 'owner_id', 'actor_id', 'email') or table_name = 'users')
         group by table_name",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(
        unguarded,
        Vec::<String>::new(),
        "enable row level security there, and add the table to TABLES"
    );
    let guarded = app
        .database
        .count("select count(*) from pg_class where relrowsecurity")
        .await;
    assert_eq!(guarded, TABLES.len() as i64, "add the new table to TABLES");
    let above_the_law = "select count(*) from pg_roles where rolname like 'grandstand\\_%' and (rolbypassrls or rolsuper or rolcanlogin)";
    assert_eq!(app.database.count(above_the_law).await, 0);
}

#[tokio::test]
async fn one_users_request_neither_sees_nor_touches_anothers_rows() {
    let app = TestApp::start().await;
    let (ada, bob) = two_players(&app).await;
    for (table, column) in TABLES {
        let of_bob = format!("from {table} where {column} = '{}'", bob.uuid());
        assert!(
            app.database
                .count(&format!("select count(*) {of_bob}"))
                .await
                > 0,
            "{table} has nothing to see"
        );
        for (statement, may_be_forbidden) in [
            (format!("select count(*) {of_bob}"), false),
            (
                format!(
                    "select count(*) from {table} where {column} is distinct from '{}'",
                    ada.uuid()
                ),
                false,
            ),
            (
                format!("with gone as (delete {of_bob} returning 1) select count(*) from gone"),
                true,
            ),
            (
                format!(
                    "with taken as (update {table} set {column} = '{}' where {column} = '{}' returning 1) select count(*) from taken",
                    ada.uuid(),
                    bob.uuid()
                ),
                true,
            ),
        ] {
            match as_user(&app, Some(&ada), &statement).await {
                Ok(seen) => assert_eq!(seen, 0, "{statement}"),
                Err(error) => assert!(
                    may_be_forbidden && is_forbidden(&error),
                    "{statement}: {error}"
                ),
            }
        }
        let own = as_user(&app, Some(&ada), &format!("select count(*) from {table}"))
            .await
            .unwrap();
        assert!(own > 0, "{table}: a user sees what is theirs");
        let nobody = as_user(&app, None, &format!("select count(*) from {table}"))
            .await
            .unwrap();
        assert_eq!(nobody, 0, "{table}: a request of nobody sees nothing");
    }
    for table in [
        "api_keys",
        "consumed_tokens",
        "openid_nonces",
        "score_news",
        "suppressions",
        "queues",
        "schedules",
        "schedule_firings",
    ] {
        let error = as_user(&app, Some(&ada), &format!("select count(*) from {table}"))
            .await
            .unwrap_err();
        assert!(is_forbidden(&error), "{table}: {error}");
    }
}

#[tokio::test]
async fn nobody_makes_rows_for_another_or_themselves_an_admin() {
    let app = TestApp::start().await;
    let (ada, bob) = two_players(&app).await;
    for statement in [
        format!(
            "with made as (insert into identities values ('{}', 'steam', '1', null, true, now()) returning 1) select count(*) from made",
            bob.uuid()
        ),
        format!(
            "with made as (update users set role = 'admin' where id = '{}' returning 1) select count(*) from made",
            ada.uuid()
        ),
        format!(
            "with made as (update users set email = 'x' where id = '{}' returning 1) select count(*) from made",
            ada.uuid()
        ),
        format!(
            "with made as (update scores set score = 9 where user_id = '{}' returning 1) select count(*) from made",
            ada.uuid()
        ),
        "with made as (update leaderboards set title = 'x' returning 1) select count(*) from made"
            .to_owned(),
        format!(
            "with made as (select enqueue_job('{0}', 'test', 'test', '{0}', '{{}}', null, 1::smallint, 3::smallint, now(), now())) select count(*) from made",
            bob.uuid()
        ),
    ] {
        let error = as_user(&app, Some(&ada), &statement).await.unwrap_err();
        assert!(is_forbidden(&error), "{statement}: {error}");
    }
}

/// As a request of this user runs it: in a transaction under `grandstand_request`.
async fn as_user(
    app: &TestApp,
    user: Option<&Player>,
    statement: &str,
) -> Result<i64, sqlx::Error> {
    let mut transaction = app.database.pool.begin().await?;
    transaction
        .execute("set local role grandstand_request")
        .await?;
    if let Some(user) = user {
        let claim = format!("set local jwt.claims.sub = '{}'", user.uuid());
        transaction.execute(AssertSqlSafe(claim)).await?;
    }
    transaction
        .fetch_one(AssertSqlSafe(statement))
        .await?
        .try_get(0)
}

fn is_forbidden(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code == "42501")
}

#[tokio::test]
async fn over_http_what_is_anothers_is_not_there() {
    let app = TestApp::start().await;
    let (ada, bob) = two_players(&app).await;
    let sessions = bob.get("/auth/sessions").await.assert_ok();
    let session = sessions["sessions"][0]["id"].as_str().unwrap();
    ada.delete(&format!("/auth/sessions/{session}"))
        .await
        .assert_error(404, "session_not_found");
    for path in ["/me", "/me/export", "/links", "/auth/sessions"] {
        let text = ada.get(path).await.assert_ok().to_string();
        for foreign in [&bob.id, &bob.email, &bob.uuid().to_string(), session] {
            assert!(!text.contains(foreign), "{path}: {text}");
        }
    }
}
