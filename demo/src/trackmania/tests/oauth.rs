use super::*;

const BACK: &str = "http://localhost:3000/api/v1/link/trackmania/callback";

fn authorize(pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    format!("/oauth/authorize?{query}")
}

fn exchange(grant: &[(&str, &str)], secret: &str) -> String {
    let client = [("client_id", APPLICATION.0), ("client_secret", secret)];
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(client)
        .extend_pairs(grant)
        .finish()
}

fn asked(state: &str) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", APPLICATION.0),
        ("redirect_uri", BACK),
        ("state", state),
        ("scope", ""),
    ]
}

#[tokio::test]
async fn whoever_chooses_somebody_on_the_page_is_them() {
    let asker = Asker::new();
    let page = asker.get(&authorize(&asked("a\"b&c")), "").await;
    let html = String::from_utf8(page.body).unwrap();
    assert!(
        page.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let link = html
        .split("<a href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    assert!(html.contains(">Turbo Teapot</a>"), "{html}");
    let chosen = asker.get(&link, "").await;
    assert!(chosen.status.is_redirection(), "{}", chosen.status);
    let (address, query) = chosen.header("location").split_once('?').unwrap();
    assert_eq!(address, BACK);
    let answer: HashMap<String, String> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    assert_eq!(answer["state"], "a\"b&c");

    let grant = |code: &str, back: &str| {
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
        ];
        exchange(&grant, APPLICATION.1)
    };
    let code = &answer["code"];
    for bad in [
        grant("guessed", BACK),
        grant(code, "http://localhost/"),
        grant("", BACK),
    ] {
        let refused = asker.post("/api/access_token", "", bad).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]),
            (400, &json!("invalid_grant"))
        );
    }
    let told = asker
        .post("/api/access_token", "", grant(code, BACK))
        .await
        .json();
    assert!(told["refresh_token"].is_string());
    let token = format!("Bearer {}", told["access_token"].as_str().unwrap());
    let user = asker.get("/api/user", &token).await.json();
    let account = world().drivers().account(Who(0)).to_string();
    assert_eq!(
        user,
        json!({ "accountId": account, "displayName": "Turbo Teapot" })
    );
    // A code is good for once.
    let again = asker.post("/api/access_token", "", grant(code, BACK)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    // And not for long.
    let late = asker.get(&link, "").await;
    let late = late
        .header("location")
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    asker.clock.advance(Duration::from_secs(5 * 60));
    let refused = asker
        .post("/api/access_token", "", grant(&late, BACK))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_not_asked_rightly_is_refused() {
    let asker = Asker::new();
    for without in ["response_type", "client_id", "redirect_uri"] {
        let pairs: Vec<_> = asked("s")
            .into_iter()
            .filter(|(name, _)| *name != without)
            .collect();
        let refused = asker.get(&authorize(&pairs), "").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{without}");
    }
    let nobody = uuid::Uuid::nil().to_string();
    for account in ["x", &nobody] {
        let pairs = [asked("s"), vec![("account", account)]].concat();
        assert_eq!(
            asker.get(&authorize(&pairs), "").await.status,
            StatusCode::BAD_REQUEST
        );
    }
    let client = exchange(&[("grant_type", "client_credentials")], APPLICATION.1);
    let told = asker.post("/api/access_token", "", client).await.json();
    assert_eq!(
        (&told["token_type"], &told["expires_in"]),
        (&json!("bearer"), &json!(3600))
    );
    // An application is nobody.
    let token = format!("Bearer {}", told["access_token"].as_str().unwrap());
    assert_eq!(
        asker.get("/api/user", &token).await.status,
        StatusCode::UNAUTHORIZED
    );
    let wrong = exchange(&[("grant_type", "client_credentials")], "guessed");
    assert_eq!(
        asker.post("/api/access_token", "", wrong).await.status,
        StatusCode::UNAUTHORIZED
    );
    let other = exchange(&[("grant_type", "password")], APPLICATION.1);
    let refused = asker.post("/api/access_token", "", other).await;
    assert_eq!(refused.json()["error"], "unsupported_grant_type");
}
