//! What Trackmania Exchange answers.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{asked, json_of, number};

/// A page of these maps, which are in the order of their ids.
pub fn answer(maps: &[Value], request: &Request) -> ResponseTemplate {
    if asked(request, "fields").is_empty() {
        return ResponseTemplate::new(400);
    }
    let after = number(request, "after").unwrap_or(0);
    let count = usize::try_from(number(request, "count").unwrap_or(40)).unwrap();
    let behind = |map: &&Value| map["MapId"].as_i64().unwrap() > after;
    let fitting = maps.iter().filter(behind).filter(|map| fits(map, request));
    let fitting: Vec<&Value> = fitting.collect();
    let shown: Vec<_> = fitting.iter().take(count).collect();
    json_of(json!({ "More": fitting.len() > count, "Results": shown }))
}

fn fits(map: &Value, request: &Request) -> bool {
    let authors = map["Authors"].as_array().unwrap().iter();
    let authors = authors.map(|author| &author["User"]);
    let people: Vec<&Value> = authors.chain([&map["Uploader"]]).collect();
    let lower = |text: &Value| text.as_str().unwrap().to_lowercase();
    let all = |name: &str, fits: &dyn Fn(&String) -> bool| asked(request, name).iter().all(fits);
    let called = |name: &String| {
        let mut people = people.iter();
        people.any(|person| lower(&person["Name"]) == name.to_lowercase())
    };
    let is = |id: &String| {
        let mut people = people.iter();
        people.any(|person| person["UserId"].as_i64() == id.parse().ok())
    };
    all("author", &called)
        && all("authoruserid", &is)
        && all("uid", &|uid| map["MapUid"] == **uid)
        && all("name", &|name| {
            lower(&map["Name"]).contains(&name.to_lowercase())
        })
}
