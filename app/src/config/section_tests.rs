//! Sections with more to them than a value for each setting.

use super::tests::{LONG, OTHER, load, one_problem};

#[test]
fn issuers_of_the_short_and_the_long_form() {
    let config = load(&[
        ("OIDC_ISSUER", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"),
        ("OIDC_AUDIENCE", "client"),
        (
            "OIDC_ISSUERS",
            r#"[{"issuer":"https://a.example/","audience":"us","adminClaim":"roles","adminValue":"admin"}]"#,
        ),
    ])
    .unwrap();
    let [long, short] = &config.accounts.issuers[..] else {
        panic!("two issuers")
    };
    // Byte for byte: with the slash at its end.
    assert_eq!(long.issuer, "https://a.example/");
    assert_eq!(long.admin_value.as_deref(), Some("admin"));
    assert_eq!(
        (&short.client_ids[..], &short.audience),
        (&["client".to_owned()][..], &None)
    );
    for (wrong, want) in [
        (
            r#"[{"issuer":"http://a.example/","audience":"us"}]"#,
            "an https address",
        ),
        (
            r#"[{"issuer":"https://a.example/"}]"#,
            "either `audience` or `clientId`",
        ),
        (
            r#"[{"issuer":"https://a.example/","audience":"us","adminClaim":"roles"}]"#,
            "both, or neither",
        ),
        (
            r#"[{"issuer":"https://a.example/","audience":"us","colour":"red"}]"#,
            "colour",
        ),
        ("auth0", "JSON list"),
    ] {
        let told = one_problem(&[("OIDC_ISSUERS", wrong)]);
        assert!(told.contains(want), "{told}");
    }
    let twice = r#"[{"issuer":"https://a.example/","audience":"us"},{"issuer":"https://a.example/","audience":"them"}]"#;
    assert!(one_problem(&[("OIDC_ISSUERS", twice)]).contains("twice"));
    assert!(
        load(&[
            ("OIDC_ISSUER", "http://localhost:9000/"),
            ("OIDC_AUDIENCE", "us")
        ])
        .is_ok()
    );
    assert!(
        load(&[
            ("OIDC_ISSUER", "http://localhost.evil.example/"),
            ("OIDC_AUDIENCE", "us")
        ])
        .is_err()
    );
}

#[test]
fn mere_claims_count_in_development_unless_said_otherwise() {
    let production = [
        ("APP_ENV", "production"),
        ("JWT_SECRET", LONG),
        ("ACTION_TOKEN_SECRET", OTHER),
    ];
    for (environment, said, want) in [
        (&[][..], "", true),
        (&[], "false", false),
        (&production, "", false),
        (&production, "true", true),
    ] {
        let pairs = [environment, &[("ALLOW_UNVERIFIED_LINKS", said)]].concat();
        let config = load(&pairs).unwrap();
        assert_eq!(config.links.allow_unverified, want, "{pairs:?}");
        let shown = config.entries.iter();
        let shown = shown.filter(|entry| entry.name == "ALLOW_UNVERIFIED_LINKS");
        let shown: Vec<_> = shown.map(|entry| entry.value.as_deref()).collect();
        assert_eq!(shown, [Some(if want { "true" } else { "false" })]);
    }
}
