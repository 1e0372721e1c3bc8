use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn account(number: u128) -> AccountId {
    uuid::Uuid::from_u128(number).into()
}

fn record(driver: u128, position: i64, time: i64, driven_at: i64) -> Record {
    Record {
        account: account(driver),
        position,
        time,
        zone: None,
        driven_at: Some(at(driven_at)),
    }
}

/// Who is next, and how far.
fn gaps(records: &[Record], since: i64) -> Vec<(i64, Option<AccountId>, Option<i64>)> {
    let news = news(records, at(since)).into_iter();
    news.map(|new| (new.position, new.next, new.gap)).collect()
}

#[test]
fn what_was_driven_since_then_is_new_with_its_gap_to_the_next() {
    let records = [
        record(1, 1, 20_000, 100),
        record(2, 2, 20_120, 99),
        record(3, 3, 20_300, 100),
        record(4, 3, 20_300, 105),
        record(5, 5, 20_301, 101),
    ];
    let want = [
        (1, Some(account(2)), Some(-120)),
        (3, Some(account(2)), Some(180)),
        (3, Some(account(2)), Some(180)),
        (5, Some(account(4)), Some(1)),
    ];
    assert_eq!(gaps(&records, 100), want);
    // Nobody knows when it was driven: it is no news.
    let mut unknown = record(1, 1, 20_000, 100);
    unknown.driven_at = None;
    assert_eq!(gaps(&[unknown], 0), []);
    assert_eq!(gaps(&records[..1], 0), [(1, None, None)]);
    let tied = [record(1, 1, 20_000, 100), record(2, 1, 20_000, 100)];
    let want = [
        (1, Some(account(2)), Some(0)),
        (1, Some(account(1)), Some(0)),
    ];
    assert_eq!(gaps(&tied, 0), want);
}

#[test]
fn what_was_driven_a_little_before_the_last_look_may_be_new() {
    let hours = |hours| SignedDuration::from_hours(hours);
    let run_at = at(100_000_000);
    let look = |base_at| Look {
        uid: "Hill".to_owned(),
        base_at,
        board_at: run_at,
        looking_at: run_at,
    };
    let yesterday = run_at - hours(24);
    assert_eq!(look(Some(yesterday)).since(run_at), yesterday - LATE);
    // Longer ago than it is known what was seen.
    let long_ago = run_at - hours(90 * 24);
    assert!(look(Some(long_ago)).since(run_at) > run_at - hours(30 * 24));
}

fn names() -> HashMap<AccountId, String> {
    [(1, "Bob"), (2, "Carl")]
        .map(|(number, name)| (account(number), name.to_owned()))
        .into()
}

fn line(map: &str, driver: u128, position: i64, gap: Option<i64>) -> Line {
    Line {
        map: map.to_owned(),
        is_race: true,
        news: News {
            account: account(driver),
            position,
            time: 43_120,
            driven_at: at(100),
            next: gap.map(|_| account(2)),
            gap,
        },
    }
}

fn story(records: i64, lines: Vec<Line>) -> Story {
    Story {
        name: "Ada".to_owned(),
        is_mapper: true,
        records,
        maps: records,
        lines,
        ..Story::default()
    }
}

fn told(story: &Story) -> (String, String) {
    let text = story.tell(&names()).unwrap();
    (text.title, text.body)
}

#[test]
fn one_record_is_told_by_itself() {
    let one = |line: Line| told(&story(1, vec![line]));
    let (title, body) = one(line("Hill", 1, 2, Some(120)));
    assert_eq!(title, "Bob drove 0:43.120 on Hill");
    assert_eq!(body, "2nd, 0.120 s behind Carl");
    assert_eq!(
        one(line("Hill", 1, 1, Some(-1_234))).1,
        "1st, 1.234 s ahead of Carl"
    );
    assert_eq!(one(line("Hill", 1, 1, Some(0))).1, "1st, level with Carl");
    assert_eq!(one(line("Hill", 1, 1, None)).1, "1st, and nobody else");
    // A driver whose name nobody knows, on a map where points count.
    let mut stunt = line("Loop", 9, 3, Some(12));
    stunt.is_race = false;
    let (title, body) = one(stunt);
    assert_eq!(title, "Somebody drove 43,120 points on Loop");
    assert_eq!(body, "3rd, 12 points behind Carl");
}

#[test]
fn several_records_are_lines() {
    let lines = vec![
        line("Hill", 1, 1, Some(-120)),
        line("Dale", 1, 12, Some(120)),
    ];
    let (title, body) = told(&story(2, lines));
    assert_eq!(title, "2 new records on maps by Ada");
    assert_eq!(
        body,
        "Bob 0:43.120 on Hill: 1st, 0.120 s ahead of Carl\nBob 0:43.120 on Dale: 12th, 0.120 s behind Carl"
    );
}

#[test]
fn a_thousand_records_are_a_summary_and_the_best_places() {
    let mut all = story(
        1_034,
        (0..20).map(|_| line("Hill", 1, 2, Some(120))).collect(),
    );
    (all.maps, all.missed) = (213, 12);
    all.why = Some("Trackmania can't be reached.".to_owned());
    let (title, body) = told(&all);
    assert_eq!(title, "1,034 new records on maps by Ada");
    let mut lines = body.lines();
    assert_eq!(
        lines.next(),
        Some(
            "1,034 new records on 213 maps. 12 maps could not be looked at: Trackmania can't be reached. The best places:"
        )
    );
    assert_eq!(lines.count(), 20);
    // However long names are.
    for line in &mut all.lines {
        line.map = "Ä".repeat(200);
    }
    let (_, body) = told(&all);
    assert!(body.chars().count() <= 1_900 && body.lines().count() > 10);
}

#[test]
fn what_could_not_be_looked_at_is_told_and_nothing_is_not() {
    let mut nothing = story(0, Vec::new());
    assert_eq!(nothing.tell(&names()), None);
    nothing.missed = 1;
    let (title, body) = told(&nothing);
    assert_eq!(title, "Not checked: some maps by Ada");
    assert_eq!(body, "1 map could not be looked at.");
    nothing.all_missed = true;
    assert_eq!(told(&nothing).0, "Not checked: maps by Ada");
    nothing.is_mapper = false;
    assert_eq!(told(&nothing).0, "Not checked: Ada");
    let mut one = story(1, vec![line("Hill", 1, 1, None)]);
    one.missed = 2;
    assert_eq!(
        told(&one).1,
        "1st, and nobody else\n2 maps could not be looked at."
    );
}

proptest! {
    #[test]
    fn a_message_is_never_too_long(
        map in "\\PC{0,300}", name in "\\PC{0,300}", lines in 2..20_usize, records in 2..100_000_i64, gap in any::<i64>(),
    ) {
        let lines = (0..lines).map(|_| line(&map, 1, 1, Some(gap))).collect();
        let text = Story { name, ..story(records, lines) }.tell(&names()).unwrap();
        prop_assert!(text.body.chars().count() <= MOST_CHARACTERS);
        prop_assert!(text.title.chars().count() <= 200);
    }
}
