//! Addresses that users gave.

use super::*;

#[tokio::test]
async fn an_address_of_a_user_leads_to_the_public_internet_only() {
    let world = World::new(|_| ()).await;
    world.answers(vec![status(200)]).await;
    let port = world.server.address().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/");
            let result = world.client.send(Request::post(&url).foreign()).await;
            let refused = match scheme {
                "http" => matches!(result, Err(Error::BadAddress)),
                _ => matches!(result, Err(Error::Forbidden)),
            };
            assert!(refused, "{url}: {result:?}");
        }
    }
    for url in [
        "ftp://example.org/",
        "file:///etc/passwd",
        "nonsense",
        "https://",
    ] {
        let result = world.client.send(Request::post(url).foreign()).await;
        assert!(
            matches!(result, Err(Error::BadAddress)),
            "{url}: {result:?}"
        );
    }
    assert_eq!(world.calls().await, 0);
}

#[tokio::test]
async fn where_the_configuration_allows_it_a_user_may_lead_us_home_but_not_by_redirect() {
    let world = World::new(|config| config.foreign_networks = "127.0.0.0/8".parse().unwrap()).await;
    world
        .answers(vec![
            status(307).insert_header("location", "http://10.0.0.1/"),
        ])
        .await;
    let port = world.server.address().port();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{port}/");
        let answer = world.client.send(Request::post(&url).foreign()).await;
        assert_eq!(answer.unwrap().status, 307, "{url}");
    }
    assert_eq!(world.calls().await, 2);
}
