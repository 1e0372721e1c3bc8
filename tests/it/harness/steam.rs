//! Steam's OpenID 2.0 on this machine: it says who is signed in there, and confirms once what it has said.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use reqwest::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const PATH: &str = "/openid/login";
const MODE: &str = "openid.mode";

type Parameters = BTreeMap<String, String>;

pub struct Steam {
    server: MockServer,
    /// What it will confirm.
    said: Arc<Mutex<Vec<Parameters>>>,
}

/// What a browser comes back from Steam with.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// In the order in which they stand in the query.
    pub parameters: Vec<(String, String)>,
}

impl Steam {
    pub async fn start() -> Self {
        let steam = Self {
            server: MockServer::start().await,
            said: Arc::default(),
        };
        let said = Arc::clone(&steam.said);
        steam
            .mount(move |request: &Request| confirm(&mut said.lock(), &request.body))
            .await;
        steam
    }

    async fn mount(&self, answer: impl wiremock::Respond + 'static) {
        Mock::given(method("POST"))
            .and(path(PATH))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// For `STEAM_OPENID_URL`.
    pub fn endpoint(&self) -> String {
        format!("{}{PATH}", self.server.uri())
    }

    /// The id that it names a user by.
    pub fn claimed_id(&self, steam_id: &str) -> String {
        format!("{}/openid/id/{steam_id}", self.server.uri())
    }

    /// Has it answer so from now on, whatever it is asked; it forgets what it was asked before.
    pub async fn answer(&self, answer: ResponseTemplate) {
        self.server.reset().await;
        self.mount(answer).await;
    }

    /// How often it was asked whether it said something.
    pub async fn asked(&self) -> usize {
        let requests = self.server.received_requests().await;
        requests.map_or(0, |requests| requests.len())
    }

    /// What it says of somebody who was sent to this address and is signed in there as `steam_id`. `nonce` is what makes
    /// it different from all else that it says.
    pub fn assert(&self, sign_in: &str, steam_id: &str, now: Timestamp, nonce: &str) -> Assertion {
        let asked = parameters(&Url::parse(sign_in).expect("an address"));
        let return_to = &asked["openid.return_to"];
        let claimed_id = self.claimed_id(steam_id);
        let own = [
            ("openid.ns", "http://specs.openid.net/auth/2.0"),
            (MODE, "id_res"),
            ("openid.op_endpoint", &self.endpoint()),
            ("openid.claimed_id", &claimed_id),
            ("openid.identity", &claimed_id),
            ("openid.return_to", return_to),
            (
                "openid.response_nonce",
                &format!("{}{nonce}", now.strftime("%Y-%m-%dT%H:%M:%SZ")),
            ),
            ("openid.assoc_handle", "1234567890"),
            (
                "openid.signed",
                "signed,op_endpoint,claimed_id,identity,return_to,response_nonce,assoc_handle",
            ),
            ("openid.sig", "W0u5DRbtHE1GG0ZKXjerUZDUGmc="),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.said.lock().push(own.iter().cloned().collect());
        let back = Url::parse(return_to).expect("an address");
        let parameters = parameters(&back).into_iter().chain(own).collect();
        Assertion { parameters }
    }
}

impl Assertion {
    /// With another value.
    pub fn set(&mut self, name: &str, value: &str) {
        for (_, present) in self
            .parameters
            .iter_mut()
            .filter(|(other, _)| other == name)
        {
            value.clone_into(present);
        }
    }

    pub fn add(&mut self, name: &str, value: &str) {
        self.parameters.push((name.to_owned(), value.to_owned()));
    }

    pub fn remove(&mut self, name: &str) {
        self.parameters.retain(|(other, _)| other != name);
    }

    /// As it stands in the address.
    pub fn query(&self) -> String {
        let url = Url::parse_with_params("http://localhost", &self.parameters);
        url.expect("an address")
            .query()
            .unwrap_or_default()
            .to_owned()
    }
}

fn parameters(url: &Url) -> Parameters {
    url.query_pairs().into_owned().collect()
}

fn confirm(said: &mut Vec<Parameters>, form: &[u8]) -> ResponseTemplate {
    let form = String::from_utf8_lossy(form);
    let url = Url::parse(&format!("http://localhost?{form}"));
    let mut asked = parameters(&url.expect("a form"));
    let is_question = asked.insert(MODE.to_owned(), "id_res".to_owned());
    let is_question = is_question.as_deref() == Some("check_authentication");
    let found = said.iter().position(|one| *one == asked);
    let is_valid = is_question && found.map(|index| said.swap_remove(index)).is_some();
    let body = format!("ns:http://specs.openid.net/auth/2.0\nis_valid:{is_valid}\n");
    ResponseTemplate::new(200).set_body_raw(body, "text/plain; charset=utf-8")
}
