use std::process::Output;

use serde_json::Value;

use crate::harness::{command, folder};

const GOOD: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978";
const OTHER: &str = "9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d5e4f3021";

async fn run(arguments: &[&str], settings: &[(&str, &str)], dot_env: &str) -> Output {
    let folder = folder();
    if !dot_env.is_empty() {
        std::fs::write(folder.path().join(".env"), dot_env).unwrap();
    }
    let mut command = command(folder.path(), arguments);
    command
        .env_remove("DATA_DIR")
        .envs(settings.iter().copied());
    command.output().await.unwrap()
}

fn entry<'a>(entries: &'a Value, name: &str) -> &'a Value {
    let mut all = entries.as_array().unwrap().iter();
    all.find(|entry| entry["name"] == name)
        .unwrap_or_else(|| panic!("{name} is missing"))
}

#[tokio::test]
async fn config_prints_every_setting_with_its_default_and_where_it_came_from() {
    let output = run(
        &["config", "--json"],
        &[("PORT", "4000")],
        "RATE_LIMIT_PER_IP=7\n",
    )
    .await;
    assert!(output.status.success(), "{output:?}");
    let entries: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, value) in [
        ("APP_ENV", "development"),
        ("JWT_EXPIRY", "15m"),
        ("REFRESH_TOKEN_EXPIRY", "7d"),
        ("ACTION_TOKEN_TTL", "300"),
        ("RATE_LIMIT_SCORE_UPDATE", "10"),
        ("RATE_LIMIT_WINDOW_MS", "60000"),
        ("RATE_LIMIT_ENABLED", "true"),
        ("SSE_PING_INTERVAL", "30000"),
        ("SSE_MAX_CONNECTIONS", "20000"),
        ("SSE_MAX_PER_USER", "8"),
        ("LOG_LEVEL", "info"),
        ("DATA_DIR", "./data"),
        ("DATABASE_MAX_CONNECTIONS", "20"),
    ] {
        let entry = entry(&entries, name);
        assert_eq!(
            (&entry["value"], &entry["source"]),
            (&value.into(), &"default".into()),
            "{name}"
        );
    }
    for name in [
        "DATABASE_URL",
        "TRUSTED_PROXIES",
        "CORS_ORIGINS",
        "PUBLIC_URL",
        "OIDC_ISSUER",
        "OIDC_AUDIENCE",
        "ADMIN_EMAIL",
        "ADMIN_PASSWORD",
        "JWT_SECRET",
        "ACTION_TOKEN_SECRET",
    ] {
        entry(&entries, name);
    }
    assert_eq!(
        (
            &entry(&entries, "PORT")["value"],
            &entry(&entries, "PORT")["source"]
        ),
        (&"4000".into(), &"environment".into())
    );
    assert_eq!(entry(&entries, "RATE_LIMIT_PER_IP")["source"], ".env");
    let table = run(&["config"], &[], "").await;
    assert!(String::from_utf8_lossy(&table.stdout).contains("RATE_LIMIT_PER_IP"));
}

#[tokio::test]
async fn config_shows_no_secret() {
    let settings = [
        ("JWT_SECRET", GOOD),
        ("ACTION_TOKEN_SECRET", OTHER),
        ("ADMIN_EMAIL", "admin@example.com"),
        ("ADMIN_PASSWORD", "hush-hush-hush"),
        ("DATABASE_URL", "postgres://me:hush-hush-hush@db.example/x"),
    ];
    for arguments in [&["config"][..], &["config", "--json"]] {
        let output = run(arguments, &settings, "").await;
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("***"),
            "{output:?}"
        );
        for secret in [GOOD, OTHER, "hush"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_and_nothing_starts() {
    let settings = [
        ("PORT", "99999"),
        ("JWT_EXPIRY", "soon"),
        ("LOG_LEVEL", "loud"),
        ("ADMIN_PASSWORD", "hush-hush-hush"),
        ("RATE_LIMIT_ENABLE", "false"),
    ];
    for arguments in [&["config"][..], &["serve"]] {
        let output = run(arguments, &settings, "").await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        for name in ["PORT", "JWT_EXPIRY", "LOG_LEVEL", "ADMIN_EMAIL"] {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert!(!text.contains("hush"), "{text}");
    }
}

#[tokio::test]
async fn production_refuses_to_start_with_weak_secrets() {
    let refused = async |settings: &[(&str, &str)], why: &str| {
        let mut all = vec![("APP_ENV", "production")];
        all.extend(settings);
        let output = run(&["serve"], &all, "").await;
        assert_eq!(output.status.code(), Some(2), "{settings:?}: {output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            text.contains("_SECRET") && text.contains(why),
            "{why}: {text}"
        );
        for (_, value) in settings.iter().filter(|(_, value)| value.len() > 3) {
            assert!(!text.contains(value), "{text}");
        }
    };
    refused(&[], "must be given").await;
    refused(&[("JWT_SECRET", GOOD)], "must be given").await;
    refused(
        &[("JWT_SECRET", GOOD), ("ACTION_TOKEN_SECRET", &OTHER[..31])],
        "31 characters",
    )
    .await;
    refused(
        &[("JWT_SECRET", &GOOD[..8]), ("ACTION_TOKEN_SECRET", OTHER)],
        "8 characters",
    )
    .await;
    refused(
        &[("JWT_SECRET", GOOD), ("ACTION_TOKEN_SECRET", GOOD)],
        "same",
    )
    .await;
    refused(
        &[
            ("JWT_SECRET", "changeme-changeme-changeme-changeme-changeme"),
            ("ACTION_TOKEN_SECRET", OTHER),
        ],
        "default",
    )
    .await;
}

#[tokio::test]
async fn production_reads_no_dot_env() {
    let settings = [
        ("APP_ENV", "production"),
        ("JWT_SECRET", GOOD),
        ("ACTION_TOKEN_SECRET", OTHER),
    ];
    let output = run(&["config", "--json"], &settings, "PORT=4001\n").await;
    assert!(output.status.success(), "{output:?}");
    let entries: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(entry(&entries, "PORT")["value"], "3000");
}
