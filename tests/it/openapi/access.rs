//! No operation escapes: each declares who may call it, and is tried with everybody who may not.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Public,
    /// Anybody, but who is signed in sees more.
    Anybody,
    User,
    Admin,
    Key,
}

struct Operation {
    method: Method,
    path: String,
    access: Access,
}

/// Every operation of the document, with ids in its path that nothing has.
fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch"] {
            let operation = &item[method];
            if operation.is_null() {
                continue;
            }
            let name = format!("{method} {path}");
            all.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: fill(path, operation),
                access: access(&name, &operation["security"]),
            });
        }
    }
    all
}

/// Exactly one of the five must be declared.
fn access(operation: &str, security: &Value) -> Access {
    let requirements = security
        .as_array()
        .unwrap_or_else(|| panic!("{operation} declares no access"));
    let schemes: Vec<Vec<&str>> = requirements
        .iter()
        .map(|one| one.as_object().unwrap().keys().map(String::as_str))
        .map(Iterator::collect)
        .collect();
    match schemes.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
        [[]] => Access::Public,
        [[], ["user"]] => Access::Anybody,
        [["user"]] => Access::User,
        [["admin"]] => Access::Admin,
        [["key"]] => Access::Key,
        _ => panic!("{operation} declares {security}"),
    }
}

fn fill(path: &str, operation: &Value) -> String {
    let mut filled = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = match name {
            "token" => "A",
            "userId" => "usr_01h455vb4pex5vsknk084sn02q",
            "sessionId" => "ses_01h455vb4pex5vsknk084sn02q",
            "provider" => "steam",
            "jobId" => "job_01h455vb4pex5vsknk084sn02q",
            "gameId" => "4",
            "reviewId" => "rev_01h455vb4pex5vsknk084sn02q",
            "alertId" => "alr_01h455vb4pex5vsknk084sn02q",
            "keyId" => "key_01h455vb4pex5vsknk084sn02q",
            _ if path.contains("api-keys") => "key_01h455vb4pex5vsknk084sn02q",
            _ => "nothing-here",
        };
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    assert!(
        !filled.contains('{'),
        "{filled}: a parameter that isn't described"
    );
    filled
}

/// What the contract says in words.
fn expected(operation: &Operation) -> Access {
    let Some(path) = operation.path.strip_prefix("/api/v1") else {
        return Access::Public;
    };
    let reads = operation.method == Method::GET;
    match path {
        _ if path.starts_with("/admin") => Access::Admin,
        "/actions" => Access::Key,
        "/scores" if reads => Access::Anybody,
        "/scores" | "/links" | "/events" | "/events/ticket" => Access::User,
        "/users" => Access::Anybody,
        // A browser that comes back from elsewhere can send no header.
        _ if path.starts_with("/link/") && path.ends_with("/callback") => Access::Public,
        _ if path.contains("/entries") || path.contains("/around/") => Access::Anybody,
        _ if path.starts_with("/users/") && !path.ends_with("/games") => Access::Anybody,
        _ if path.starts_with("/me")
            || path.starts_with("/follow")
            || path.starts_with("/blocks")
            || path.starts_with("/presence")
            || path.starts_with("/jobs/")
            || path.starts_with("/link/")
            || path.starts_with("/auth/sessions")
            || path.starts_with("/notifications")
            || path.starts_with("/games")
            || (path.starts_with("/reviews") && !path.starts_with("/reviews/shared/"))
            || path.starts_with("/alerts")
            || path.starts_with("/driver-notifications")
            || path == "/maps/search"
            || path == "/auth/email/verify/send" =>
        {
            Access::User
        }
        _ => Access::Public,
    }
}

#[tokio::test]
async fn every_operation_declares_what_the_contract_says() {
    let app = TestApp::start().await;
    for operation in operations(&app.get("/openapi.json").await.assert_ok()) {
        assert_eq!(
            operation.access,
            expected(&operation),
            "{} {}",
            operation.method,
            operation.path
        );
    }
}

#[tokio::test]
async fn every_operation_refuses_the_wrong_caller() {
    let app = TestApp::start().await;
    let (admin, user) = (app.admin().await, app.register("Ada").await);
    let service = admin.game_service(&[]).await;
    let document = app.get("/openapi.json").await.assert_ok();
    let refused = |answer: Answer, status: u16| {
        assert!(answer.json()["code"].is_string(), "{answer:?}");
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    };
    for operation in operations(&document) {
        let call = || {
            let call = app.at_root(operation.method.clone(), &operation.path);
            if operation.method == Method::GET {
                call
            } else {
                call.json(&json!({}))
            }
        };
        match operation.access {
            // Streams would go on for ever.
            Access::Public if operation.path.ends_with("/events") => {}
            Access::Public | Access::Anybody => {
                let answer = call().await;
                let ours = answer.text();
                let about_access = ["unauthenticated", "admin_only", "invalid_api_key"]
                    .iter()
                    .any(|code| ours.contains(code));
                assert!(!about_access, "{answer:?}");
                // A token that is no longer good must be said, not taken for nobody's.
                if operation.access == Access::Anybody {
                    refused(call().bearer("nonsense").await, 401);
                }
            }
            Access::User => {
                refused(call().await, 401);
                refused(call().bearer("nonsense").await, 401);
                refused(call().key(&service.key).await, 401);
            }
            Access::Admin => {
                refused(call().await, 401);
                refused(call().bearer("nonsense").await, 401);
                refused(call().key(&service.key).await, 401);
                refused(call().bearer(&user.token).await, 403);
            }
            Access::Key => {
                refused(call().await, 401);
                refused(call().bearer(&user.token).await, 401);
                refused(call().bearer(&admin.token).await, 401);
                refused(call().key("gsk_nonsense").await, 401);
            }
        }
    }
    // Nobody got through and did something.
    user.get("/me").await.assert_ok();
    service.vouch(&user, "chess", 1).await;
}
