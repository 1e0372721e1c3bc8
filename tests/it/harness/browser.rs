use reqwest::Url;

use super::{Answer, Api, Call};

/// A browser that was sent to another side, and may come back.
#[derive(Clone, Debug)]
pub struct SentAway {
    /// Where to.
    pub location: String,
    /// `name=value`, for the way back.
    pub cookie: String,
    /// As it was set.
    pub set_cookie: String,
}

impl SentAway {
    #[track_caller]
    pub fn by(answer: &Answer) -> Self {
        answer.assert_status(303);
        let header = |name| answer.header(name).unwrap_or_else(|| panic!("no {name}"));
        let set_cookie = header("set-cookie").to_owned();
        Self {
            location: header("location").to_owned(),
            cookie: set_cookie.split(';').next().unwrap_or_default().to_owned(),
            set_cookie,
        }
    }

    /// A parameter of the address that it was sent to.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> String {
        let url = Url::parse(&self.location).expect("an address");
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(other, _)| other == name);
        let (_, value) = found.unwrap_or_else(|| panic!("no {name}: {}", self.location));
        value.into_owned()
    }

    /// Comes back with this query, as a client that reads JSON.
    pub fn back(&self, api: &Api, path: &str, query: &str) -> Call {
        let call = api.get(&format!("{path}?{query}"));
        call.header("Cookie", &self.cookie)
            .header("Accept", "application/json")
    }
}
