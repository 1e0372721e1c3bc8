use uuid::Uuid;

use super::*;

fn account(number: u128) -> AccountId {
    Uuid::from_u128(number).into()
}

fn names() -> HashMap<AccountId, String> {
    HashMap::from([
        (account(1), "Bob".to_owned()),
        (account(2), "Carl".to_owned()),
    ])
}

fn on(map: &str, change: Change) -> News {
    News {
        map_uid: format!("{map}-uid"),
        map_name: map.to_owned(),
        is_race: true,
        change,
    }
}

fn rival(number: u128, time: i64) -> Rival {
    Rival {
        account: account(number),
        time,
    }
}

fn overtaken() -> Change {
    Change::Overtaken {
        from: 3,
        to: 4,
        time: 43_120,
        by: vec![rival(1, 43_000)],
        to_beat: 43_000,
    }
}

fn told(news: &[News], missed: &[&str]) -> Words {
    let missed: Vec<String> = missed.iter().map(|name| (*name).to_owned()).collect();
    words(news, &missed, &names(), "https://a.example")
}

#[test]
fn who_is_overtaken_is_told_by_whom_and_what_wins_it_back() {
    let words = told(&[on("Hill", overtaken())], &[]);
    assert_eq!(words.title, "Bob took your 3rd place on Hill");
    assert_eq!(
        words.body,
        "Hill: Bob (0:43.000, 0.120 s ahead) took your 3rd place. You are 4th with 0:43.120. \
         0:42.999 or better wins it back. https://a.example/maps/Hill-uid"
    );
    assert_eq!(words.link, "/maps/Hill-uid");
    assert_eq!(named(&[on("Hill", overtaken())]), [account(1)]);
}

#[test]
fn who_is_pushed_out_is_told_where_they_are() {
    let pushed_out = |to| Change::PushedOut {
        from: 4,
        to,
        time: 43_120,
        by: vec![rival(1, 43_000), rival(9, 43_050), rival(2, 43_100)],
        to_beat: 43_050,
    };
    let words = told(&[on("Hill", pushed_out(Some(7)))], &[]);
    assert_eq!(words.title, "Bob and 2 others took your 4th place on Hill");
    assert_eq!(
        words.body,
        "Hill: you are no longer among the best five. You were 4th, and are 7th with 0:43.120; ahead are now \
         Bob (0:43.000, 0.120 s ahead), somebody (0:43.050, 0.070 s ahead) and Carl (0:43.100, 0.020 s ahead). \
         0:43.049 or better wins the 4th place back. https://a.example/maps/Hill-uid"
    );
    let words = told(&[on("Hill", pushed_out(None))], &[]);
    assert!(
        words
            .body
            .contains("are behind the best hundred with 0:43.120")
    );
}

#[test]
fn a_restored_place_is_good_news() {
    let restored = Change::Restored {
        to: 3,
        time: 43_120,
    };
    let words = told(&[on("Hill", restored)], &[]);
    assert_eq!(words.title, "Your 3rd place on Hill is restored");
    assert!(words.body.starts_with(
        "Hill: your 3rd place is restored, with 0:43.120: a record ahead of you was removed."
    ));
    let raised = Change::Raised {
        to: 1,
        time: 43_120,
    };
    let words = told(&[on("Hill", raised)], &[]);
    assert_eq!(words.title, "You are 1st on Hill now");
    let removed = |to| on("Hill", Change::Removed { from: 1, to });
    assert_eq!(
        told(&[removed(None)], &[]).title,
        "Your record on Hill, the 1st, was removed"
    );
    assert!(
        told(&[removed(Some(4))], &[])
            .body
            .contains("with a worse one you are 4th")
    );
}

#[test]
fn points_are_no_times() {
    let news = News {
        is_race: false,
        ..on(
            "Stunts",
            Change::Overtaken {
                from: 1,
                to: 2,
                time: 1_200,
                by: vec![rival(7, 1_250)],
                to_beat: 1_250,
            },
        )
    };
    let words = told(&[news], &[]);
    assert_eq!(words.title, "Somebody took your 1st place on Stunts");
    assert!(
        words.body.starts_with(
            "Stunts: somebody (1,250 points, 50 points ahead) took your 1st place. You are 2nd with 1,200 points. \
             1,251 points or better wins it back."
        ),
        "{}",
        words.body
    );
}

#[test]
fn many_news_are_one_message_with_what_was_missed() {
    let restored = Change::Restored {
        to: 3,
        time: 43_120,
    };
    let words = told(
        &[on("Hill", overtaken()), on("Lake", restored.clone())],
        &["Moor"],
    );
    assert_eq!(
        words.title,
        "You lost 1 of your places; 1 better or restored"
    );
    assert_eq!(words.link, "/driver-notifications");
    let lines: Vec<&str> = words.body.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].ends_with("https://a.example/maps/Lake-uid"));
    assert_eq!(
        lines[2],
        "Could not be checked: Moor. The next check is tomorrow."
    );
    let many: Vec<News> = (0..30).map(|_| on("Hill", overtaken())).collect();
    let words = told(&many, &[]);
    assert_eq!(words.title, "You lost 30 of your places");
    assert_eq!(words.body.lines().count(), MOST_LINES + 1);
    assert_eq!(named(&many).len(), MOST_LINES);
    assert!(words.body.len() < 2_000, "{}", words.body.len());
    assert!(
        words
            .body
            .ends_with("And 20 more: https://a.example/driver-notifications")
    );
    let all: Vec<News> = (0..2).map(|_| on("Hill", restored.clone())).collect();
    assert_eq!(
        told(&all, &[]).title,
        "2 of your places are better or restored"
    );
}

#[test]
fn what_could_not_be_checked_is_said_alone_too() {
    let words = told(&[], &["Hill"]);
    assert_eq!(words.title, "Your place on Hill could not be checked");
    let maps = ["A", "B", "C", "D", "E", "F", "G"];
    let words = told(&[], &maps);
    assert_eq!(words.title, "7 of your places could not be checked");
    assert_eq!(
        words.body,
        "Could not be checked: A, B, C, D, E and 2 more. The next check is tomorrow."
    );
}
