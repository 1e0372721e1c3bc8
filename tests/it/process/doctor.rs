//! Whether the machine has what the configuration needs, and what to do where it doesn't.

use std::process::Output;

use crate::harness::{
    Authority, Dynamo, Encryption, Fault, SmtpServer, Step, Upstream, aws, command, folder,
};

/// What it says with these settings, and whether the server could run.
async fn doctor(settings: &[(&str, &str)]) -> (String, bool) {
    let folder = folder();
    let mut command = command(folder.path(), &["doctor"]);
    let Output { status, stdout, .. } = command
        .env("PORT", "0")
        .env("BIND_ADDRESS", "127.0.0.1")
        .envs(settings.iter().copied())
        .output()
        .await
        .unwrap();
    assert!(!folder.path().join("data").exists(), "it changes nothing");
    (String::from_utf8(stdout).unwrap(), status.success())
}

#[tokio::test]
async fn doctor_changes_nothing_and_says_what_it_found() {
    let (text, is_fine) = doctor(&[]).await;
    assert!(is_fine, "{text}");
    for found in [
        "PostgreSQL",
        "configuration is valid",
        "Mails become files in the data folder",
    ] {
        assert!(text.contains(found), "{text}");
    }
}

#[tokio::test]
async fn the_mail_server_is_greeted_and_sent_nothing() {
    let smtp = SmtpServer::start().await;
    let ask = async |url: &str, more: &[(&str, &str)]| {
        let mut settings = vec![
            ("SMTP_URL", url),
            ("SMTP_TIMEOUT", "2s"),
            ("MAIL_FROM", "news@play.example"),
        ];
        settings.extend(more);
        doctor(&settings).await
    };
    let (text, is_fine) = ask(&smtp.url(), &[]).await;
    assert!(is_fine && text.contains("lets us in"), "{text}");
    assert_eq!(smtp.heard(), ["EHLO", "AUTH", "QUIT"]);
    for (step, fault, why) in [
        (
            Step::Greeting,
            Fault::Say("421 4.3.2 not now"),
            "it refuses us (",
        ),
        (
            Step::Login,
            Fault::Say("535 5.7.8 who are you?"),
            "it refuses the name and password of SMTP_URL (",
        ),
        (Step::Greeting, Fault::Hang, "no answer in time"),
        (Step::Greeting, Fault::Cut, "it can't be reached ("),
    ] {
        smtp.next(step, fault);
        let (text, is_fine) = ask(&smtp.url(), &[]).await;
        assert!(!is_fine && text.contains(why), "{why}: {text}");
        assert!(!text.contains("secret"), "{text}");
    }
    let (text, is_fine) = ask("smtp://127.0.0.1:1", &[]).await;
    assert!(!is_fine && text.contains("it can't be reached ("), "{text}");
    assert_eq!(smtp.mails().len(), 0);
}

#[tokio::test]
async fn what_links_stand_on_is_told() {
    let (text, is_fine) = doctor(&[]).await;
    assert!(
        is_fine && !text.contains("STEAM") && !text.contains("Discord"),
        "{text}"
    );
    let (text, is_fine) = doctor(&[
        ("STEAM_OPENID_URL", "http://127.0.0.1:4000/openid/login"),
        ("DISCORD_CLIENT_ID", "12"),
        ("DISCORD_CLIENT_SECRET", "hush"),
        ("PUBLIC_URL", "https://play.example"),
    ])
    .await;
    assert!(is_fine && !text.contains("hush"), "{text}");
    for found in [
        "whoever runs that says who owns which Steam account",
        "https://play.example/api/v1/link/discord/callback",
    ] {
        assert!(text.contains(found), "{text}");
    }
}

#[tokio::test]
async fn who_writes_reviews_is_told() {
    let key = ("OPENAI_API_KEY", "sk-hush");
    let own = ("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1");
    let theirs = ("OPENAI_BASE_URL", "https://api.openai.com/v1");
    for (settings, found) in [
        (&[][..], "written by the rules"),
        (
            &[key],
            "written by gpt-4o-mini at https://api.openai.com/v1",
        ),
        (
            &[own],
            "written by gpt-4o-mini at http://127.0.0.1:11434/v1",
        ),
        (&[theirs], "! OPENAI_BASE_URL is OpenAI's"),
    ] {
        let (text, is_fine) = doctor(settings).await;
        assert!(is_fine && text.contains(found), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }
}

#[tokio::test]
async fn whether_trackmanias_services_take_us_is_told() {
    let upstream = Upstream::start().await;
    let pairs = upstream.addresses();
    let settings: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let ask = async |more: &[(&str, &str)]| {
        let (text, is_fine) = doctor(&[&settings[..], more].concat()).await;
        assert!(!text.contains("made-up password"), "{text}");
        (text, is_fine)
    };
    let (text, is_fine) = ask(&[("PUBLIC_URL", "https://play.example")]).await;
    assert!(is_fine, "{text}");
    for found in [
        "✓ Nadeo takes NADEO_LOGIN, and Live answers",
        "✓ Trackmania's public API takes TRACKMANIA_CLIENT_ID",
        "✓ Trackmania Exchange answers at ",
        "https://play.example/api/v1/link/trackmania/callback",
    ] {
        assert!(text.contains(found), "{found}: {text}");
    }
    for request in upstream.asked("").await {
        let agent = request.headers["user-agent"].to_str().unwrap();
        assert!(agent.contains("https://play.example"), "{agent}");
    }
    for (name, found) in [
        ("NADEO_PASSWORD", "✗ NADEO_LOGIN: Nadeo doesn't take it"),
        (
            "TRACKMANIA_CLIENT_SECRET",
            "✗ TRACKMANIA_CLIENT_ID: Trackmania's public API doesn't take it",
        ),
    ] {
        let (text, is_fine) = ask(&[(name, "wrong")]).await;
        assert!(!is_fine && text.contains(found), "{found}: {text}");
    }
    // What is away comes back.
    for (part, found) in [
        (
            "/token/basic",
            "! Nadeo's services: Trackmania answered with status 503.",
        ),
        (
            "/top?",
            "! Nadeo's services: Trackmania answered with status 503.",
        ),
        (
            "/api/access_token",
            "! Trackmania's public API: Trackmania answered with status 503.",
        ),
        (
            "/exchange/api/maps",
            "! Trackmania Exchange answered with status 503.",
        ),
    ] {
        upstream.fail(part, [wiremock::ResponseTemplate::new(503)]);
        let (text, is_fine) = ask(&[]).await;
        assert!(is_fine && text.contains(found), "{found}: {text}");
    }
    let nowhere = "http://127.0.0.1:1";
    let gone = ["NADEO_CORE_URL", "TRACKMANIA_API_URL", "TMX_URL"].map(|name| (name, nowhere));
    let (text, is_fine) = ask(&gone).await;
    assert!(is_fine, "{text}");
    assert_eq!(text.matches("can't be reached").count(), 3, "{text}");
}

#[tokio::test]
async fn without_an_account_at_trackmania_nobody_is_asked() {
    let (text, is_fine) = doctor(&[]).await;
    let found = "✓ Trackmania isn't asked for records: there is no NADEO_LOGIN.";
    assert!(is_fine && text.contains(found), "{text}");
    let upstream = Upstream::start().await;
    let pairs = upstream.addresses();
    for (kept, missing) in [
        ("TRACKMANIA_", "! There is no NADEO_LOGIN"),
        ("NADEO_", "! There is no TRACKMANIA_CLIENT_ID"),
    ] {
        let wanted = |name: &str| name.starts_with(kept) || name.starts_with("TMX");
        let settings = pairs.iter().filter(|(name, _)| wanted(name));
        let settings: Vec<(&str, &str)> = settings
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let (text, is_fine) = doctor(&settings).await;
        assert!(is_fine && text.contains(missing), "{missing}: {text}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_with_what_to_do() {
    let authority = Authority::new();
    let acceptor = authority.acceptor_of("127.0.0.1");
    let smtp = SmtpServer::start_with(Encryption::StartTls(acceptor)).await;
    let (url, file) = (smtp.url(), authority.file());
    let settings = [
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "news@play.example"),
    ];
    let (text, is_fine) = doctor(&settings).await;
    assert!(!is_fine && text.contains("SMTP_CA_FILE"), "{text}");
    let trusting = [
        settings[0],
        settings[1],
        ("SMTP_CA_FILE", file.to_str().unwrap()),
    ];
    let (text, is_fine) = doctor(&trusting).await;
    assert!(is_fine && text.contains("lets us in"), "{text}");
    let plain = SmtpServer::start().await;
    let url = plain.url_as("starttls");
    let (text, is_fine) = doctor(&[("SMTP_URL", url.as_str()), settings[1]]).await;
    assert!(!is_fine && text.contains("it does not encrypt ("), "{text}");
}

#[tokio::test]
async fn the_queues_in_sqs_are_looked_for() {
    let client = aws::sqs().await;
    let name = uuid::Uuid::new_v4().simple().to_string();
    let (url, _) = aws::make_queue(&client, &format!("{name}-some"), 8).await;
    let prefix = url.strip_suffix("some").unwrap();
    let ask = async |endpoint: &str| {
        let queues = [("JOB_TRANSPORT", "sqs"), ("SQS_QUEUE_URL_PREFIX", prefix)];
        doctor(&[&queues[..], &aws::settings(endpoint)].concat()).await
    };
    let (text, is_fine) = ask(aws::endpoint().await).await;
    let missing = text.split_once(&format!("behind {prefix}: "));
    let missing = missing.and_then(|(_, rest)| rest.split_once(". Make them"));
    let (missing, _) = missing.unwrap_or_else(|| panic!("{text}"));
    let missing: Vec<_> = missing.split(", ").collect();
    assert!(!is_fine && missing.contains(&"mail"), "{text}");
    for queue in &missing {
        // Mails are tried eight times.
        let receives = if *queue == "mail" { 3 } else { 100 };
        aws::make_queue(&client, &format!("{name}-{queue}"), receives).await;
    }
    let (text, is_fine) = ask(aws::endpoint().await).await;
    let all = format!("All {} queues are in SQS.", missing.len());
    assert!(is_fine && text.contains(&all), "{text}");
    assert!(text.contains(": mail (3 instead of 8). Raise"), "{text}");
    let (text, is_fine) = ask("http://127.0.0.1:1").await;
    assert!(!is_fine && text.contains("Check AWS_REGION"), "{text}");
}

#[tokio::test]
async fn the_tables_in_dynamodb_are_looked_for() {
    let dynamo = Dynamo::unmade(aws::endpoint().await);
    let settings = dynamo.settings().await;
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let (text, is_fine) = doctor(&settings).await;
    assert!(!is_fine && text.contains("social create-tables"), "{text}");
    dynamo.tables.create().await.unwrap();
    let (text, is_fine) = doctor(&settings).await;
    assert!(
        is_fine && text.contains("DynamoDB has the tables"),
        "{text}"
    );
    let nowhere = aws::settings("http://127.0.0.1:1");
    let (text, is_fine) = doctor(&[&settings[..], &nowhere].concat()).await;
    assert!(!is_fine && text.contains("✗ DynamoDB: "), "{text}");
}
