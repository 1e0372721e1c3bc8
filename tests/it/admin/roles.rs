//! Administrators choose who is one.

use serde_json::{Value, json};

use super::ban;
use crate::harness::{Answer, Player, TestApp};

async fn set_role(admin: &Player, user: &Player, role: &str) -> Answer {
    admin
        .patch(&format!("/admin/users/{}", user.id))
        .json(&json!({ "role": role }))
        .await
}

#[tokio::test]
async fn an_admin_makes_another_and_takes_it_back_at_once_on_every_server() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    let changed = set_role(&admin, &ada, "admin").await.assert_ok();
    assert_eq!(changed["role"], "admin");
    ada.at(there.api()).get("/admin/users").await.assert_ok();
    set_role(&admin, &ada, "user").await.assert_ok();
    ada.at(there.api())
        .get("/admin/users")
        .await
        .assert_error(403, "admin_only");
    let acts = "select count(*) from audit_log where action = 'user.role_changed'";
    assert_eq!(app.database.count(acts).await, 2);
    // What changes nothing is no act.
    set_role(&admin, &ada, "user").await.assert_ok();
    assert_eq!(app.database.count(acts).await, 2);
    let data: Value = sqlx::query_scalar(
        "select data from audit_log where action = 'user.role_changed' order by id limit 1",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(data, json!({ "from": "user", "to": "admin" }));
}

#[tokio::test]
async fn the_last_admin_can_neither_be_demoted_nor_banned() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.register("Ada").await);
    set_role(&admin, &admin, "user")
        .await
        .assert_error(409, "last_admin");
    let banned = json!({ "banned": true, "reason": "Enough." });
    let myself = format!("/admin/users/{}", admin.id);
    admin
        .patch(&myself)
        .json(&banned)
        .await
        .assert_error(409, "last_admin");
    // A banned admin is nobody who could take over.
    set_role(&admin, &ada, "admin").await.assert_ok();
    ban(&admin, &ada, "Away.").await;
    set_role(&admin, &admin, "user")
        .await
        .assert_error(409, "last_admin");
    admin.get("/admin/users").await.assert_ok();
}

#[tokio::test]
async fn of_two_admins_who_demote_each_other_one_stays() {
    let app = TestApp::start().await;
    let there = app.neighbour().start().await;
    for _ in 0..10 {
        let (admin, ada) = (app.admin().await, app.register("Ada").await);
        set_role(&admin, &ada, "admin").await.assert_ok();
        let (ada, admin_there) = (ada.at(there.api()), admin.clone());
        let (one, other) = tokio::join!(
            set_role(&admin_there, &ada, "user"),
            set_role(&ada, &admin, "user")
        );
        let won = [&one, &other]
            .iter()
            .filter(|answer| answer.status == 200)
            .count();
        assert_eq!(won, 1, "{one:?} {other:?}");
        let admins = "select count(*) from users where role = 'admin'";
        assert_eq!(app.database.count(admins).await, 1);
        app.database
            .execute(&format!(
                "update users set role = case when id = '{}' then 'admin' else 'user' end",
                admin.uuid()
            ))
            .await;
    }
}
