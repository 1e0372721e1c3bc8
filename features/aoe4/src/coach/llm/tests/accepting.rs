use super::*;
use crate::coach::llm::Rejection;

fn claim(text: &str, evidence: &[&str]) -> Value {
    json!({"text": text, "evidence": evidence})
}

pub(super) fn answer() -> Value {
    json!({
        "opening": claim("A calm win from behind.", &["match.result", "lead"]),
        "wentWell": [
            claim("You were in the Feudal Age at 4:15.", &["me.age.feudal"]),
            claim("You had 36 villagers at 10:00.", &["me.villagers.600"])
        ],
        "decided": [claim("The fight at 12:02 was yours.", &["battle.722", "swing.720"])],
        "keyMoments": [
            {"title": "You took the lead", "evidence": ["lead.740"]},
            {"title": "The Feudal Age", "evidence": ["me.age.feudal", "me.age.feudal"]}
        ],
        "advice": [
            {"title": "Never rest.", "text": "Queue villagers during fights.", "evidence": ["me.idle"]},
            {"title": "Research", "text": "Build a blacksmith by 7:00.", "evidence": ["me.upgrades"]},
            {"title": "Spend", "text": "Add a second range.", "evidence": ["me.float"]}
        ]
    })
}

fn judged(answer: &Value) -> Result<Accepted, Rejection> {
    with_brief(&duel().summary(), |brief| {
        accept(&answer.to_string(), brief)
    })
}

fn accepted(answer: &Value) -> Accepted {
    judged(answer).expect("a review")
}

#[test]
fn what_stands_on_facts_is_taken_whole() {
    let Accepted { written, dropped } = accepted(&answer());
    assert_eq!(
        (dropped, written.advice.len(), written.key_moments.len()),
        (0, 3, 2)
    );
    // In the order of time, which is the facts'.
    assert_eq!(written.key_moments[0].at, Some(255));
    assert_eq!(written.key_moments[0].evidence, ["me.age.feudal"]);
    assert_eq!(written.key_moments[1].at, Some(740));
    assert!(written.summary_md.starts_with(
        "## English against Holy Roman Empire on Hollow Marsh, won\n\nA calm win from behind."
    ));
    assert!(
        written
            .summary_md
            .contains("1. **Never rest.** Queue villagers during fights."),
        "{}",
        written.summary_md
    );
}

#[test]
fn what_cites_nothing_or_wrongly_is_dropped() {
    let mut answer = answer();
    answer["wentWell"][0]["evidence"] = json!([]);
    answer["wentWell"][1]["evidence"] = json!(["me.villagers.600", "me.luck"]);
    answer["advice"][2]["evidence"] = json!(["me.float "]);
    answer["opening"]["evidence"] = json!(["opponent.rage"]);
    let Accepted { written, dropped } = accepted(&answer);
    assert_eq!((dropped, written.advice.len()), (4, 2));
    assert!(!written.summary_md.contains("4:15.") && !written.summary_md.contains("calm win"));
    assert!(
        !written.summary_md.contains("What went well"),
        "{}",
        written.summary_md
    );
}

#[test]
fn of_too_little_nothing_is_taken() {
    let mut little = answer();
    little["advice"][0]["evidence"] = json!(["none"]);
    little["advice"][1]["text"] = json!("  \n ");
    assert_eq!(
        judged(&little),
        Err(Rejection::TooLittle {
            claims: 5,
            advice: 1,
            dropped: 2
        })
    );
    let mut few = answer();
    few["wentWell"] = json!([]);
    few["keyMoments"] = json!([]);
    assert_eq!(
        judged(&few),
        Err(Rejection::TooLittle {
            claims: 1,
            advice: 3,
            dropped: 0
        })
    );
}

#[test]
fn what_is_no_json_or_another_shape_is_rejected() {
    let judge = |text: &str| with_brief(&duel().summary(), |brief| accept(text, brief));
    assert_eq!(judge("{\""), Err(Rejection::NotJson), "cut off");
    assert_eq!(judge(""), Err(Rejection::NotJson));
    assert_eq!(judge("You played well!"), Err(Rejection::NotJson));
    assert!(matches!(
        judge(r#"{"review": "You played well!"}"#),
        Err(Rejection::Shape(_))
    ));
    let mut other = answer();
    other["advice"] = json!("Play better.");
    assert!(matches!(judged(&other), Err(Rejection::Shape(_))));
}

#[test]
fn a_fence_around_it_does_not_matter() {
    let fenced = format!("```json\n{}\n```\n", answer());
    let judged = with_brief(&duel().summary(), |brief| accept(&fenced, brief));
    assert_eq!(judged, self::judged(&answer()));
}

#[test]
fn what_it_writes_is_no_markup_and_bounded() {
    let mut answer = answer();
    answer["decided"][0]["text"] = json!("# Buy [gold](https://evil.example)\n<script>");
    answer["advice"][0]["title"] = json!("x".repeat(161));
    answer["wentWell"] = Value::Array(vec![claim("Again.", &["lead"]); 9]);
    let Accepted { written, dropped } = accepted(&answer);
    assert_eq!((dropped, written.advice.len()), (4, 2));
    let page = &written.summary_md;
    assert!(
        page.contains(r"- \# Buy \[gold\](https\:\/\/evil\.example) &lt;script&gt;"),
        "{page}"
    );
    assert_eq!(page.matches("- Again.").count(), 6);
}
