use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use super::*;

pub(super) const LONG: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978";
pub(super) const OTHER: &str = "9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d5e4f3021";

pub(super) fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(&Sources::given(pairs.iter().copied()))
}

/// What is wrong, as `subject: message`.
fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    match load(pairs) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let problems = error.problems.iter();
            problems
                .map(|problem| format!("{}: {}", problem.subject, problem.message))
                .collect()
        }
    }
}

pub(super) fn one_problem(pairs: &[(&str, &str)]) -> String {
    let problems = problems(pairs);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

fn gather(folder: &std::path::Path, environment: &[(&str, &str)]) -> Sources {
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Sources::gather(folder, environment)
}

fn source_of<'a>(config: &'a Config, name: &str) -> &'a Origin {
    &config
        .entries
        .iter()
        .find(|entry| entry.name == name)
        .unwrap()
        .source
}

#[test]
fn defaults_are_valid_and_as_documented() {
    let config = load(&[("DATA_DIR", "/nowhere/data")]).unwrap();
    insta::assert_snapshot!(as_table(&config.entries));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let error = load(&[
        ("APP_ENV", "staging"),
        ("PORT", "99999"),
        ("JWT_EXPIRY", "soon"),
        ("ADMIN_PASSWORD", "hunter2"),
        ("DATABASE_URL", "mysql://root:topsecret@db/x"),
        ("RATE_LIMIT_ENABLE", "false"),
        ("GRANDSTAND_PORT", "80"),
    ])
    .unwrap_err();
    insta::assert_snapshot!(error);
}

#[test]
fn each_layer_wins_over_those_below() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("grandstand.toml"),
        "port = 1\nJWT_EXPIRY = \"1h\"\nLOG_LEVEL = \"warn\"\nRATE_LIMIT_ENABLED = false\n\
         TRUSTED_PROXIES = [\"10.0.0.0/8\", \"::1\"]\n\
         [[OIDC_ISSUERS]]\nissuer = \"https://a.example/\"\naudience = \"us\"\n",
    )
    .unwrap();
    fs::write(
        folder.path().join(".env"),
        "PORT=2\nexport JWT_EXPIRY='2h'\nUNRELATED=x\n",
    )
    .unwrap();
    let sources = gather(folder.path(), &[("PORT", "3"), ("HOME", "/root")]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.server.port, 3);
    assert_eq!(config.accounts.jwt_expiry, Duration::from_secs(7200));
    assert_eq!(config.logs.level, "warn");
    assert!(!config.limits.enabled);
    assert_eq!(
        Ok(config.server.trusted_proxies.clone()),
        "10.0.0.0/8, ::1".parse()
    );
    assert_eq!(config.accounts.issuers[0].audience.as_deref(), Some("us"));
    assert_eq!(*source_of(&config, "PORT"), Origin::Environment);
    assert_eq!(*source_of(&config, "JWT_EXPIRY"), Origin::DotEnv);
    assert!(matches!(source_of(&config, "LOG_LEVEL"), Origin::File(_)));
    assert_eq!(*source_of(&config, "DATA_DIR"), Origin::Default);

    let sources = sources.with_command_line([("PORT".to_owned(), "4".to_owned())]);
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.server.port, 4);
    assert_eq!(*source_of(&config, "PORT"), Origin::CommandLine);
}

#[test]
fn dot_env_is_for_development_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "PORT=2\n").unwrap();
    let production = [
        ("APP_ENV", "production"),
        ("JWT_SECRET", LONG),
        ("ACTION_TOKEN_SECRET", OTHER),
    ];
    let config = Config::load(&gather(folder.path(), &production)).unwrap();
    assert_eq!(config.server.port, 3000);
    fs::write(
        folder.path().join("grandstand.toml"),
        "APP_ENV = \"production\"\n",
    )
    .unwrap();
    let config = Config::load(&gather(folder.path(), &production[1..])).unwrap();
    assert!(config.is_production());
    assert_eq!(config.server.port, 3000);
}

#[test]
fn a_production_dot_env_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "APP_ENV=production\n").unwrap();
    let error = Config::load(&gather(folder.path(), &[])).unwrap_err();
    assert!(
        error.to_string().contains("read in development only"),
        "{error}"
    );
}

#[test]
fn files_that_cannot_be_understood_are_told_without_their_text() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("grandstand.toml"),
        "PORT = 3000\nJWT_SECRET = \"hushhush\n",
    )
    .unwrap();
    fs::write(folder.path().join(".env"), "ADMIN_PASSWORD='hushhush\n").unwrap();
    let text = Config::load(&gather(folder.path(), &[]))
        .unwrap_err()
        .to_string();
    assert!(text.contains("line 2") && text.contains(".env"), "{text}");
    assert!(!text.contains("hush"), "{text}");
}

#[test]
fn a_named_file_must_be_there_and_an_unknown_key_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let named = [("GRANDSTAND_CONFIG", "mine.toml")];
    let text = Config::load(&gather(folder.path(), &named))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("mine.toml") && text.contains("can't be read"),
        "{text}"
    );
    fs::write(
        folder.path().join("mine.toml"),
        "colour = \"red\"\n[server]\nport = 1\n",
    )
    .unwrap();
    let error = Config::load(&gather(folder.path(), &named)).unwrap_err();
    assert_eq!(error.problems.len(), 2, "{error}");
    assert!(
        error.to_string().contains("COLOUR") && error.to_string().contains("without sections"),
        "{error}"
    );
}

#[test]
fn what_only_the_environment_can_say_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "PG_BIN_DIR=/opt/pg\n").unwrap();
    let error = Config::load(&gather(folder.path(), &[])).unwrap_err();
    assert!(
        error.to_string().contains("must be set in the environment"),
        "{error}"
    );
    assert!(Config::load(&gather(folder.path(), &[("PG_BIN_DIR", "/opt/pg")])).is_ok());
}

#[test]
fn an_empty_value_is_unset() {
    let config = load(&[("PORT", ""), ("JWT_SECRET", " "), ("OIDC_ISSUER", "")]).unwrap();
    assert_eq!(config.server.port, 3000);
    assert_eq!(*source_of(&config, "PORT"), Origin::Default);
}

#[test]
fn secrets_never_show() {
    let config = load(&[
        ("JWT_SECRET", "hush-one"),
        ("ACTION_TOKEN_SECRET", "hush-two"),
        ("DATABASE_URL", "postgres://me:hush-three@db.example/x"),
        ("ADMIN_EMAIL", "admin@play.example"),
        ("ADMIN_PASSWORD", "hush-four!"),
        ("DISCORD_CLIENT_ID", "1"),
        ("DISCORD_CLIENT_SECRET", "hush-five"),
    ])
    .unwrap();
    for text in [
        as_table(&config.entries),
        as_json(&config.entries),
        format!("{config:?}"),
    ] {
        assert!(!text.contains("hush"), "{text}");
    }
    assert!(as_table(&config.entries).contains("postgres://me:***@db.example/x"));
}

#[test]
fn production_wants_real_secrets() {
    let with = |jwt: &'static str, action: &'static str| {
        problems(&[
            ("APP_ENV", "production"),
            ("JWT_SECRET", jwt),
            ("ACTION_TOKEN_SECRET", action),
        ])
    };
    assert!(with(LONG, OTHER).is_empty());
    let missing = with("", "");
    assert_eq!(missing.len(), 2);
    assert!(
        missing[0].starts_with("JWT_SECRET (not set): must be given in production"),
        "{missing:?}"
    );
    assert!(with("tiny", OTHER)[0].contains("has 4 characters"));
    assert!(with(LONG, LONG)[0].contains("the same as JWT_SECRET"));
    for example in [
        "changeme-changeme-changeme-changeme-changeme",
        "my-super-SECRET-jwt-key-0123456789abcdef",
        "your-256-bit-value-goes-here-0123456789",
    ] {
        let told = with(example, OTHER);
        assert!(told[0].contains("default or an example"), "{told:?}");
        assert!(!told[0].contains(example));
    }
    assert!(with("abababababababababababababababababab", OTHER)[0].contains("repeats a few"));
    assert_eq!(with("short", "short").len(), 3);
}

#[test]
fn development_tells_that_secrets_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let config = load(&[("DATA_DIR", data_dir)]).unwrap();
    assert_eq!(*source_of(&config, "JWT_SECRET"), Origin::ToBeGenerated);
    config.secrets.obtain(folder.path()).unwrap();
    let config = load(&[("DATA_DIR", data_dir), ("ACTION_TOKEN_SECRET", OTHER)]).unwrap();
    assert!(matches!(
        source_of(&config, "JWT_SECRET"),
        Origin::Generated(_)
    ));
    assert_eq!(
        *source_of(&config, "ACTION_TOKEN_SECRET"),
        Origin::Environment
    );
}

#[test]
fn values_that_contradict_each_other() {
    for (pairs, want) in [
        (&[("ADMIN_EMAIL", "a@b.example")][..], "ADMIN_PASSWORD"),
        (&[("ADMIN_PASSWORD", "0123456789")], "ADMIN_EMAIL"),
        (
            &[("JOB_TRANSPORT", "sqs")],
            if cfg!(feature = "aws") {
                "SQS_QUEUE_URL_PREFIX"
            } else {
                "JOB_TRANSPORT"
            },
        ),
        (&[("AWS_ACCESS_KEY_ID", "AKIA0")], "AWS_SECRET_ACCESS_KEY"),
        (&[("DISCORD_CLIENT_ID", "1")], "DISCORD_CLIENT_SECRET"),
        (&[("DISCORD_CLIENT_SECRET", "s")], "DISCORD_CLIENT_ID"),
        (&[("TABLE_PRESENCE", "follows")], "TABLE_PRESENCE"),
        (&[("OIDC_ISSUER", "https://a.example/")], "OIDC_AUDIENCE"),
        (&[("OIDC_AUDIENCE", "us")], "OIDC_ISSUER"),
        (&[("CORS_ORIGINS", "*, https://a.example")], "CORS_ORIGINS"),
        (
            &[("REFRESH_TOKEN_EXPIRY", "1h"), ("JWT_EXPIRY", "24h")],
            "REFRESH_TOKEN_EXPIRY",
        ),
        (
            &[("DATABASE_MAX_CONNECTIONS", "51")],
            "DATABASE_MAX_CONNECTIONS",
        ),
    ] {
        let told = one_problem(pairs);
        assert!(told.starts_with(want), "{told}");
    }
    let given = [
        ("DATABASE_MAX_CONNECTIONS", "51"),
        ("DATABASE_URL", "postgres://db.example/x"),
    ];
    assert!(load(&given).is_ok());
}

#[test]
fn each_setting_keeps_its_bounds() {
    for (name, value) in [
        ("PORT", "-1"),
        ("BIND_ADDRESS", "localhost"),
        ("PUBLIC_URL", "play.example"),
        ("DATABASE_MAX_CONNECTIONS", "3"),
        ("JWT_EXPIRY", "30s"),
        ("JWT_EXPIRY", "25h"),
        ("REFRESH_TOKEN_EXPIRY", "10m"),
        ("ACTION_TOKEN_TTL", "0"),
        ("ACTION_TOKEN_TTL", "3601"),
        ("RATE_LIMIT_ENABLED", "perhaps"),
        ("RATE_LIMIT_SCORE_UPDATE", "0"),
        ("RATE_LIMIT_WINDOW_MS", "999"),
        ("RATE_LIMIT_PER_IP", "ten"),
        ("SSE_PING_INTERVAL", "1"),
        ("SSE_MAX_CONNECTIONS", "0"),
        ("SSE_MAX_PER_USER", "1e3"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "10.0.0.1, proxy"),
        ("CORS_ORIGINS", "https://a.example/x"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("DRAIN_TIMEOUT", "11m"),
        ("ADMIN_EMAIL", "nobody"),
        ("OIDC_ISSUERS", "[{}]"),
        ("STEAM_OPENID_URL", "steamcommunity.com/openid/login"),
        ("ALLOW_UNVERIFIED_LINKS", "maybe"),
    ] {
        let all = problems(&[(name, value)]);
        assert!(
            all.iter()
                .any(|told| told.starts_with(&format!("{name} = "))),
            "{name}={value}: {all:?}"
        );
    }
}
