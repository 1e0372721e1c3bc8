use ::trackmania::model::{board, map, positions, token};

use super::*;

const LIVE: &str = "NadeoLiveServices";
const CORE: &str = "NadeoServices";
const BOARDS: &str = "/api/token/leaderboard/group/Personal_Best/map";

fn top(uid: &str, query: &str) -> String {
    format!("{BOARDS}/{uid}/top?{query}")
}

fn rows(told: &Value) -> &Vec<Value> {
    told["tops"][0]["top"].as_array().unwrap()
}

#[tokio::test]
async fn tokens_are_for_an_audience_and_can_be_refreshed() {
    let asker = Asker::new();
    let path = "/v2/authentication/token/basic";
    let refused = asker.post(path, &basic("guessed"), "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.json()["code"].is_string() && refused.json()["info"].is_null());
    let odd = asker
        .post(path, &basic(SERVICE_ACCOUNT.1), r#"{"audience":"X"}"#)
        .await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    assert!(odd.json()["info"].is_array());
    // Without a body, it is for Core.
    let told = asker.post(path, &basic(SERVICE_ACCOUNT.1), "").await.json();
    let text = |told: &Value, name: &str| told[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text(&told, "accessToken"), text(&told, "refreshToken"));
    let read = token::Token::of_nadeo(access.clone(), Some(refresh.clone()), now());
    assert_eq!((read.renew_at, read.ends_at), (later(30), later(60)));
    assert_eq!(read.refresh.unwrap().ends_at, later(24 * 60));
    let account = read.account.unwrap().uuid();
    assert_eq!(world().drivers().find(account), None, "it never drives");

    let map = busy(&world());
    let maps = format!("/maps/by-uid/?mapUidList={}", map.uid);
    let (core, live) = (asker.token(CORE).await, asker.token(LIVE).await);
    let board = top(&map.uid, "");
    for (path, authorization, want) in [
        (&maps, core.as_str(), 200),
        (&maps, live.as_str(), 401),
        (&board, live.as_str(), 200),
        (&board, core.as_str(), 401),
        (&board, "", 401),
        (&board, "nadeo_v1 t=a.b.c", 401),
        (&board, &format!("{live}x"), 401),
        (&board, &live.replace("nadeo_v1 t=", "Bearer "), 401),
    ] {
        let status = asker.get(path, authorization).await.status;
        assert_eq!(status.as_u16(), want, "{path} {authorization}");
    }

    let refresh = format!("nadeo_v1 t={refresh}");
    let path = "/v2/authentication/token/refresh";
    let renewed = asker.post(path, &refresh, "").await.json();
    assert_ne!(text(&renewed, "accessToken"), access);
    let renewed = presented(&renewed["accessToken"]);
    assert_eq!(asker.get(&maps, &renewed).await.status, StatusCode::OK);
    asker.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(
        asker.get(&maps, &renewed).await.status,
        StatusCode::UNAUTHORIZED
    );
    asker.clock.advance(Duration::from_secs(23 * 3600));
    let late = asker.post(path, &refresh, "").await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn core_tells_of_maps_and_leaves_out_those_that_it_does_not_know() {
    let asker = Asker::new();
    let core = asker.token(CORE).await;
    let world = world();
    let all: Vec<_> = world.maps(now()).into_iter().take(200).collect();
    let uids: Vec<&str> = all.iter().map(|map| map.uid.as_str()).collect();
    let path = format!("/maps/by-uid/?mapUidList={},Unknown", uids.join(","));
    let maps = map::parse(&asker.get(&path, &core).await.json()).unwrap();
    assert_eq!(maps.len(), all.len());
    for (read, map) in maps.iter().zip(&all) {
        assert_eq!((&read.uid, read.id), (&map.uid, map.id));
        assert_eq!(map::plain(&read.name), map.plain_name);
        assert_eq!(read.uploaded_at, Some(map.uploaded_at()));
        assert_eq!(
            read.author.uuid(),
            world.drivers().account(Who::mapper(map.mapper))
        );
    }
    let unknown = asker.get("/maps/by-uid/?mapUidList=Unknown", &core).await;
    assert_eq!(unknown.json(), json!([]));
    let none = asker.get("/maps/by-uid/", &core).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
    let long = format!("/maps/by-uid/?mapUidList={}", "x".repeat(8_300));
    assert_eq!(
        asker.get(&long, &core).await.status,
        StatusCode::URI_TOO_LONG
    );
}

#[tokio::test]
async fn leaderboards_are_told_in_parts_of_a_hundred_and_no_further_than_ten_thousand() {
    let asker = Asker::new();
    let live = asker.token(LIVE).await;
    let world = world();
    let crowded = world.busy_maps().next().unwrap();
    let ask = async |uid: &str, query: &str| {
        let told = asker.get(&top(uid, query), &live).await;
        assert_eq!(told.status, StatusCode::OK);
        told.json()
    };
    // Without onlyWorld, nothing else counts.
    assert_eq!(
        rows(&ask(&crowded.uid, "length=100&offset=50").await).len(),
        5
    );
    let told = ask(&crowded.uid, "length=200&onlyWorld=true").await;
    assert_eq!(rows(&told).len(), 100);
    let read = board::parse(&told, None).unwrap();
    let real = world.board(crowded, now());
    assert!(real.len() > 10_000);
    let visible: Vec<i64> = real[..100]
        .iter()
        .filter(|row| !row.is_hidden)
        .map(|row| row.time)
        .collect();
    assert_eq!(
        read.records
            .iter()
            .map(|record| record.time)
            .collect::<Vec<_>>(),
        visible
    );
    assert!(
        read.records
            .iter()
            .all(|record| record.driven_at.is_some() && record.zone.is_some())
    );
    let last = ask(&crowded.uid, "length=100&offset=9950&onlyWorld=true").await;
    assert_eq!(rows(&last).len(), 50);
    let beyond = ask(&crowded.uid, "length=100&offset=10000&onlyWorld=true").await;
    assert_eq!(rows(&beyond).len(), 0);

    let unknown = ask("Unknown", "length=100&onlyWorld=true").await;
    assert_eq!(board::parse(&unknown, None), Ok(board::Told::default()));
    assert_eq!(unknown["tops"][0]["zoneName"], "World");
    let other = format!(
        "/api/token/leaderboard/group/Season/map/{}/top",
        crowded.uid
    );
    assert_eq!(asker.get(&other, &live).await.json(), json!({}));
}

#[tokio::test]
async fn hidden_times_are_minus_one() {
    let asker = Asker::new();
    let live = asker.token(LIVE).await;
    let world = world();
    let maps = world.maps(now());
    let (map, hidden) = maps
        .iter()
        .filter(|map| !map.is_busy())
        .find_map(|map| {
            Some((
                map,
                world
                    .board(map, now())
                    .into_iter()
                    .find(|row| row.is_hidden)?,
            ))
        })
        .unwrap();
    let told = asker
        .get(&top(&map.uid, "length=100&onlyWorld=true"), &live)
        .await
        .json();
    let account = world.drivers().account(hidden.who).to_string();
    let row = rows(&told)
        .iter()
        .find(|row| row["accountId"] == account)
        .unwrap();
    assert_eq!(
        (&row["score"], &row["position"]),
        (&json!(-1), &json!(hidden.position))
    );
    let read = board::parse(&told, None).unwrap();
    assert!(
        read.records
            .iter()
            .all(|record| record.account.to_string() != account)
    );
}

#[tokio::test]
async fn around_a_time_there_is_always_a_row_of_the_asker_even_where_there_is_no_map() {
    let asker = Asker::new();
    let live = asker.token(LIVE).await;
    let own = token::Token::of_nadeo(live["nadeo_v1 t=".len()..].to_owned(), None, now());
    let own = own.account.unwrap();
    let map = busy(&world());
    let real = world().board(&map, now());
    let path =
        |uid: &str, score: &str| format!("{BOARDS}/{uid}/surround/1/1?onlyWorld=true{score}");
    let told = asker
        .get(&path(&map.uid, &format!("&score={}", real[4].time)), &live)
        .await
        .json();
    let told_rows = rows(&told);
    assert_eq!(told_rows.len(), 3);
    assert_eq!(told_rows[1]["accountId"], own.to_string());
    assert_eq!(told_rows[1]["score"], real[4].time);
    let read = board::parse(&told, Some(own)).unwrap();
    assert_eq!(read.records.len(), 2);
    assert!(read.records[0].time < real[4].time && read.records[1].time >= real[4].time);

    let unknown = asker
        .get(&path("Unknown", "&score=60785"), &live)
        .await
        .json();
    assert_eq!(
        (&rows(&unknown)[0]["position"], rows(&unknown).len()),
        (&json!(1), 1)
    );
    assert!(
        board::parse(&unknown, Some(own))
            .unwrap()
            .records
            .is_empty()
    );
    assert_eq!(
        asker.get(&path(&map.uid, ""), &live).await.json(),
        json!({})
    );
}

async fn position(asker: &Asker, live: &str, scores: &[(&str, i64)], uids: &[&str]) -> Answer {
    let scores = scores
        .iter()
        .map(|(uid, score)| (format!("scores[{uid}]"), score.to_string()));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(scores)
        .finish();
    let maps: Vec<Value> = uids
        .iter()
        .map(|uid| json!({ "mapUid": uid, "groupUid": "Personal_Best" }))
        .collect();
    let path = format!("/api/token/leaderboard/group/map?{query}");
    asker
        .post(&path, live, json!({ "maps": maps }).to_string())
        .await
}

#[tokio::test]
async fn positions_are_where_a_time_would_be_of_fifty_maps_at_the_most() {
    let asker = Asker::new();
    let live = asker.token(LIVE).await;
    let world = world();
    let maps: Vec<_> = world.maps(now()).into_iter().take(51).collect();
    let uids: Vec<&str> = maps.iter().map(|map| map.uid.as_str()).collect();
    let slowest: Vec<_> = uids.iter().map(|uid| (*uid, positions::SLOWEST)).collect();
    let told = position(&asker, &live, &slowest[..50], &uids[..50])
        .await
        .json();
    let read = positions::parse(&told).unwrap();
    assert_eq!(read.len(), 50);
    for map in &maps[..50] {
        let count = i64::try_from(world.board(map, now()).len()).unwrap();
        assert_eq!(read[&map.uid], count + 1);
    }
    assert!(
        told.as_array()
            .unwrap()
            .iter()
            .all(|map| map["zones"][0]["ranking"]["length"] == 0)
    );
    let many = position(&asker, &live, &slowest, &uids).await;
    assert_eq!(many.status, StatusCode::BAD_REQUEST);
    assert!(many.json()[0].is_string());
    // Whose score is asked for that isn't named: their error, but this is what they answer.
    let broken = position(&asker, &live, &slowest[..2], &uids[..1]).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        position(&asker, &live, &[], &uids[..2]).await.json(),
        json!([])
    );
    let map = busy(&world);
    let third = world.board(&map, now())[2].clone();
    let told = position(&asker, &live, &[(&map.uid, third.time)], &[&map.uid]).await;
    assert_eq!(
        positions::parse(&told.json()).unwrap()[&map.uid],
        third.position
    );
}

#[tokio::test]
async fn positions_can_be_late_and_now_and_then_they_are_none() {
    let conduct = Conduct {
        late: 3_600,
        is_forgetful: true,
        ..Conduct::default()
    };
    let asker = Asker::with(conduct);
    asker.clock.advance(Duration::from_secs(59 * 60));
    let live = asker.token(LIVE).await;
    let world = world();
    let moved =
        |map: &&Arc<Map>| world.board(map, now()).len() != world.board(map, later(59)).len();
    let maps: Vec<_> = world.busy_maps().filter(moved).collect();
    assert!(!maps.is_empty());
    let (mut late, mut none) = (0, 0);
    for map in maps
        .iter()
        .cycle()
        .take(6)
        .copied()
        .chain(&world.maps(now())[..200])
    {
        let told = position(
            &asker,
            &live,
            &[(&map.uid, positions::SLOWEST)],
            &[&map.uid],
        )
        .await;
        let read = positions::parse(&told.json()).unwrap();
        match read.get(&map.uid) {
            Some(&told) => {
                assert_eq!(
                    told,
                    i64::try_from(world.board(map, now()).len()).unwrap() + 1
                );
                late += 1;
            }
            None => none += 1,
        }
    }
    assert!(late > 100 && (1..30).contains(&none), "{late} {none}");
}

#[tokio::test]
async fn calls_are_counted_by_what_they_ask() {
    let asker = Asker::new();
    let live = asker.token(LIVE).await;
    let map = busy(&world());
    asker.get(&top(&map.uid, ""), &live).await;
    asker.get(&top(&map.uid, ""), "").await;
    asker.get("/api/maps?fields=MapId", "").await;
    let missing = asker.get("/api/nothing", "").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.json()["error"].is_string());
    let counted = [Kind::Tokens, Kind::Boards, Kind::Exchange, Kind::Positions]
        .map(|kind| asker.calls.of(kind));
    assert_eq!((counted, asker.calls.total()), ([1, 2, 1, 0], 4));
}
