use std::collections::HashSet;

use super::super::drivers::{REGULARS, STARS};
use super::*;

/// Whose record, with what time, since when.
fn told(world: &Trackmania, map: &Map, at: Timestamp) -> Vec<(Who, i64, i64)> {
    let rows = world.board(map, at).into_iter();
    rows.map(|row| (row.who, row.time, row.driven_at)).collect()
}

#[test]
fn a_seed_makes_the_same_world_again() {
    let all = |world: Trackmania| -> Vec<(Map, Vec<Row>)> {
        let maps = world.maps(now()).into_iter();
        maps.map(|map| ((*map).clone(), world.board(&map, now())))
            .collect()
    };
    let (one, again, other) = (all(world()), all(world()), all(Trackmania::new(2)));
    assert!(one == again);
    assert!(one != other);
}

#[test]
fn mappers_have_few_maps_and_one_has_many() {
    let world = world();
    assert_eq!(world.mappers().len(), 40);
    let maps = world.maps(now());
    let of = |mapper: &Mapper| maps.iter().filter(|map| map.mapper == mapper.place).count();
    for mapper in world.mappers() {
        match mapper.place {
            PROLIFIC => assert_eq!(of(mapper), 500),
            _ => assert!((3..=60).contains(&of(mapper)), "{mapper:?}: {}", of(mapper)),
        }
    }
    for distinct in [
        maps.iter()
            .map(|map| map.uid.clone())
            .collect::<HashSet<_>>(),
        maps.iter().map(|map| map.id.to_string()).collect(),
        maps.iter().map(|map| map.exchange_id.to_string()).collect(),
    ] {
        assert_eq!(distinct.len(), maps.len());
    }
    assert!(maps.is_sorted_by(|newer, older| newer.uploaded_at / 60 >= older.uploaded_at / 60));
    assert!(maps.iter().any(|map| map.length > i64::from(u32::MAX)));
    assert!(maps.iter().any(|map| map.helper.is_some()));
}

#[test]
fn maps_come_and_go_and_those_of_the_suggested_mapper_stay() {
    let world = world();
    let uids = |at: Timestamp| -> HashSet<String> {
        world.maps(at).iter().map(|map| map.uid.clone()).collect()
    };
    let (today, in_a_month) = (uids(now()), uids(later(30 * 24 * 60)));
    assert!(today.difference(&in_a_month).count() > 5);
    assert!(in_a_month.difference(&today).count() > 5);
    assert!(today.len().abs_diff(in_a_month.len()) < 20);
    let gone = today.difference(&in_a_month).next().unwrap();
    assert!(world.map(gone, now()).is_some() && world.map(gone, later(30 * 24 * 60)).is_none());
    let new = in_a_month.difference(&today).next().unwrap();
    assert!(world.map(new, now()).is_none(), "it isn't uploaded yet");
    let stays = busy(&world).uid.clone();
    assert!(today.contains(&stays) && in_a_month.contains(&stays));
}

#[test]
fn records_move_by_themselves_and_never_in_another_way() {
    let world = world();
    let map = busy(&world);
    let (mut improved, mut began, mut removed) = (0, 0, 0);
    let mut before = told(&world, &map, now());
    for minute in 1..=12 * 60 {
        let after = told(&world, &map, later(minute));
        let (then, at) = (later(minute - 1).as_second(), later(minute).as_second());
        for &(who, time, driven_at) in &after {
            let old = before.iter().find(|old| old.0 == who);
            if old == Some(&(who, time, driven_at)) {
                continue;
            }
            assert!(then < driven_at && driven_at <= at, "it is told at once");
            match old {
                Some(old) => {
                    assert!(time < old.1, "only better times are told");
                    improved += 1;
                }
                None => began += 1,
            }
        }
        let gone = |old: &&(Who, i64, i64)| after.iter().all(|row| row.0 != old.0);
        removed += before.iter().filter(gone).count();
        before = after;
    }
    // So that a newcomer sees something within minutes, and a place given back within the hour.
    assert!((250..900).contains(&improved), "{improved}");
    assert!((30..120).contains(&began), "{began}");
    assert!((30..120).contains(&removed), "{removed}");
}

#[test]
fn most_maps_are_quiet_and_some_have_something_new_every_night() {
    let world = world();
    let night = later(24 * 60);
    let maps = world.maps(now());
    let moved = |map: &&Arc<Map>| world.board(map, now()).len() != world.board(map, night).len();
    let moved = maps.iter().filter(moved).count();
    assert!(
        (maps.len() / 20..maps.len() / 3).contains(&moved),
        "{moved} of {}",
        maps.len()
    );
}

#[test]
fn boards_are_in_order_and_equal_times_share_a_position() {
    let world = world();
    let maps = world.maps(now());
    let mut shared = 0;
    for map in &maps {
        let rows = world.board(map, now());
        assert!(rows.len() < 100 || map.is_busy(), "{}", rows.len());
        let people: HashSet<Who> = rows.iter().map(|row| row.who).collect();
        assert_eq!(people.len(), rows.len());
        for row in &rows {
            let better = rows
                .iter()
                .take_while(|other| other.time < row.time)
                .count();
            assert_eq!(row.position, i64::try_from(better).unwrap() + 1);
            assert!(row.driven_at <= now().as_second() && row.driven_at >= map.uploaded_at);
            assert!(row.time > 0);
        }
        shared += usize::from(
            rows.windows(2)
                .any(|pair| pair[0].position == pair[1].position),
        );
    }
    assert!(shared > 6, "{shared}");
    let hidden = |map: &&Arc<Map>| world.board(map, now()).iter().any(|row| row.is_hidden);
    assert!(maps.iter().filter(hidden).count() > 20);
    let new = maps.iter().filter(|map| map.removed_at.is_some());
    assert!(new.clone().any(|map| !world.board(map, now()).is_empty()));
}

#[test]
fn whom_a_newcomer_may_be_is_among_the_best_and_has_to_fight_for_it() {
    const HOURS: i64 = 100;
    let world = world();
    for map in world.busy_maps() {
        let mut positions = vec![Vec::new(); STARS as usize];
        for hour in 0..HOURS {
            let rows = world.board(map, later(60 * hour));
            for (star, positions) in (0..STARS).map(Who).zip(&mut positions) {
                positions.push(rows.iter().find(|row| row.who == star).unwrap().position);
            }
        }
        let among_the_best = |star: usize| {
            let all = positions[star].iter();
            all.filter(|&&position| position <= 5).count()
        };
        assert!(among_the_best(0) >= 95, "{}", map.plain_name);
        assert!(among_the_best(1) >= 85, "{}", map.plain_name);
        assert!(among_the_best(3) >= 20, "{}", map.plain_name);
        for positions in positions {
            let distinct: HashSet<i64> = positions.into_iter().collect();
            assert!(distinct.len() > 2, "{distinct:?} on {}", map.plain_name);
        }
    }
}

#[test]
fn accounts_and_names_lead_to_each_other() {
    let world = world();
    let drivers = world.drivers();
    let regulars = (0..REGULARS).map(Who);
    let makers = (0..40).map(Who::mapper);
    let crowd = [0, 1, 9, 10, 11_999].map(Who::passer_by);
    let mut nameless = 0;
    for who in regulars.chain(makers).chain(crowd) {
        let account = drivers.account(who);
        assert_eq!(
            (account.get_version_num(), drivers.find(account)),
            (4, Some(who))
        );
        match drivers.name(who) {
            Some(name) => assert_eq!(drivers.with_name(&name), Some(account), "{name}"),
            None => nameless += 1,
        }
    }
    assert!(nameless > 10, "{nameless}");
    for nobody in [
        uuid::Uuid::nil(),
        uuid::Uuid::max(),
        drivers.account(Who(REGULARS)),
    ] {
        assert_eq!(drivers.find(nobody), None);
    }
    for nobody in [
        "",
        "Nobody",
        "Passer-by 1",
        "Passer-by 00010",
        "Passer-by x",
    ] {
        assert_eq!(drivers.with_name(nobody), None, "{nobody}");
    }
    let suggested: Vec<&str> = world.suggested_drivers().map(|(_, name)| name).collect();
    assert_eq!((suggested.len(), suggested[0]), (4, "Turbo Teapot"));
    assert_eq!(world.suggested_mapper(), "Professor Crumpet");
}
