use ::trackmania::model::{exchange, names};

use super::*;

const FIELDS: &str = "MapId,MapUid,Name";

#[tokio::test]
async fn trackmania_exchange_wants_an_agent_and_fields_and_tells_pages() {
    let asker = Asker::new();
    let nobody = Request::get("/api/maps?fields=MapId")
        .body(Body::empty())
        .unwrap();
    assert_eq!(asker.send(nobody).await.status, StatusCode::FORBIDDEN);
    for bad in [
        "/api/maps",
        "/api/maps?fields=",
        "/api/maps?fields=MapId,ReplayWR",
    ] {
        assert_eq!(
            asker.get(bad, "").await.status,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
    let told = asker
        .get(&format!("/api/maps?fields={FIELDS}"), "")
        .await
        .json();
    let first = &told["Results"][0];
    assert_eq!(
        (
            told["Results"].as_array().unwrap().len(),
            first.as_object().unwrap().len()
        ),
        (40, 3)
    );
    let prolific = world().mappers()[PROLIFIC].id;
    let (mut after, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let after_pair = after
            .map(|after| format!("&after={after}"))
            .unwrap_or_default();
        let path = format!(
            "/api/maps?fields={}&authoruserid={prolific}&count=300{after_pair}",
            exchange::FIELDS
        );
        let page = exchange::parse(&asker.get(&path, "").await.json(), after).unwrap();
        seen.extend(page.maps.into_iter().map(|map| map.uid));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let all = world()
        .maps(now())
        .into_iter()
        .filter(|map| map.mapper == PROLIFIC);
    let all: Vec<String> = all.map(|map| map.uid.clone()).collect();
    assert_eq!((seen, pages), (all, 2));
    let none = asker
        .get(&format!("/api/maps?fields={FIELDS}&uid=Unknown"), "")
        .await
        .json();
    assert_eq!(none, json!({ "Results": [], "More": false }));
}

#[tokio::test]
async fn maps_are_found_there_by_name_uid_and_author() {
    let asker = Asker::new();
    let world = world();
    let map = busy(&world);
    let find = async |filter: &str| {
        let path = format!("/api/maps?fields={}&count=1000&{filter}", exchange::FIELDS);
        exchange::parse(&asker.get(&path, "").await.json(), None)
            .unwrap()
            .maps
    };
    let found = find(&format!("uid={}", map.uid)).await;
    let [one] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((one.id, &one.name), (map.exchange_id, &map.plain_name));
    let uploaded_at = one.uploaded_at.unwrap().as_second();
    assert_eq!(uploaded_at, map.uploaded_at().as_second());
    let best = &world.board(&map, now())[0];
    let record = one.world_record.as_ref().unwrap();
    assert_eq!(
        (record.account.uuid(), record.time),
        (world.drivers().account(best.who), best.time)
    );
    let raw = format!(
        "/api/maps?fields=OnlineWR.AccountId,UploadedAt&uid={}",
        map.uid
    );
    let raw = asker.get(&raw, "").await.json();
    let account = raw["Results"][0]["OnlineWR"]["AccountId"].as_str().unwrap();
    assert_eq!(account, account.to_uppercase());
    assert!(
        !raw["Results"][0]["UploadedAt"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert_eq!(find("name=teapot").await.len(), 6);
    assert!(find("author=professor%20crumpet").await.len() >= 12);
    assert!(find("authoruserid=1").await.is_empty());
    let with_help = world
        .maps(now())
        .into_iter()
        .find(|map| map.helper.is_some())
        .unwrap();
    let helper = &world.mappers()[with_help.helper.unwrap()];
    let of_helper = find(&format!("authoruserid={}", helper.id)).await;
    assert!(
        of_helper
            .iter()
            .any(|one| one.uid == with_help.uid && one.authors.len() == 2)
    );
    let joke = find(&format!("authoruserid={}", world.mappers()[0].id)).await;
    assert!(joke.iter().any(|one| {
        one.length
            .is_some_and(|length| length > i64::from(u32::MAX))
    }));
}

#[tokio::test]
async fn names_are_an_object_or_where_there_are_none_a_list() {
    let asker = Asker::new();
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        APPLICATION.0, APPLICATION.1
    );
    let told = asker
        .post("/api/access_token", "", body.replace(' ', "+"))
        .await
        .json();
    let token = format!("Bearer {}", told["access_token"].as_str().unwrap());
    let world = world();
    let drivers = world.drivers();
    let account = |who| drivers.account(who).to_string();
    let path = |accounts: &[String]| {
        let pairs = accounts.iter().map(|account| ("accountId[]", account));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("/api/display-names?{query}")
    };
    let known = path(&[
        account(Who(0)),
        account(Who(25)),
        account(Who::passer_by(3)),
    ]);
    let read = names::parse(&asker.get(&known, &token).await.json()).unwrap();
    let mut called: Vec<&str> = read.values().map(String::as_str).collect();
    called.sort_unstable();
    assert_eq!(called, ["Passer-by 00003", "Turbo Teapot"]);
    let unknown = asker.get(&path(&[account(Who(25))]), &token).await;
    assert_eq!(unknown.json(), json!([]));
    let many: Vec<String> = (0..51).map(Who).map(account).collect();
    assert_eq!(
        asker.get(&path(&many), &token).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(asker.get(&known, "").await.status, StatusCode::UNAUTHORIZED);
    let by_name =
        "/api/display-names/account-ids?displayName[]=Turbo%20Teapot&displayName[]=Nobody";
    assert_eq!(
        asker.get(by_name, &token).await.json(),
        json!({ "Turbo Teapot": account(Who(0)) })
    );
    let nobody = "/api/display-names/account-ids?displayName[]=Nobody";
    assert_eq!(asker.get(nobody, &token).await.json(), json!([]));
}
