use std::time::Duration;

use reqwest::redirect::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a call may take in all, its body included.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Config {
    /// Where those who run the other side find out about us: `PUBLIC_URL`, or the project's page.
    pub contact: String,
    /// Whether plain `http://` may be called: for stand-ins on the developer's machine.
    pub allow_http: bool,
}

/// The HTTP client of the whole process. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client(reqwest::Client);

impl Client {
    /// # Errors
    /// When the certificates that the system trusts can't be used, or `contact` can't be in a header.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Self::build(builder(config))
    }

    /// A client for calling this very server over loopback: by no proxy, and without TLS.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn loopback(contact: impl Into<String>) -> Result<Self, Error> {
        let config = Config {
            contact: contact.into(),
            allow_http: true,
        };
        Self::build(builder(&config).no_proxy())
    }

    fn build(builder: reqwest::ClientBuilder) -> Result<Self, Error> {
        builder.build().map(Self).map_err(Error::Setup)
    }

    /// Fetches a JSON document of at most `cap` bytes.
    ///
    /// # Errors
    /// When the other side is away, slow, says anything but 2xx, or sends too much or something else.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &str, cap: usize) -> Result<T, Error> {
        receive(self.0.get(url), cap).await
    }

    /// Sends a JSON document with these headers, and reads the one that comes back, of at most `cap` bytes.
    ///
    /// # Errors
    /// As [`Client::get_json`], and when a header's value can't be one.
    pub async fn post_json<T: DeserializeOwned>(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &impl Serialize,
        cap: usize,
    ) -> Result<T, Error> {
        let request = headers
            .iter()
            .fold(self.0.post(url), |request, (name, value)| {
                request.header(*name, *value)
            });
        receive(request.json(body), cap).await
    }
}

fn builder(config: &Config) -> reqwest::ClientBuilder {
    let version = env!("CARGO_PKG_VERSION");
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    reqwest::Client::builder()
        .user_agent(format!("Grandstand/{version} (+{})", config.contact))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(Policy::none())
        .https_only(!config.allow_http)
}

async fn receive<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
    cap: usize,
) -> Result<T, Error> {
    let mut response = request
        .header(reqwest::header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(Error::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > cap {
            return Err(Error::TooLarge { cap });
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(Error::NotJson)
}

fn unreachable(error: reqwest::Error) -> Error {
    Error::Unreachable(error.without_url())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wiremock::matchers::{header, header_regex, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    fn client(allow_http: bool) -> Client {
        Client::new(&Config {
            contact: "https://play.example".to_owned(),
            allow_http,
        })
        .unwrap()
    }

    async fn get(answer: ResponseTemplate, cap: usize) -> Result<Value, Error> {
        let server = MockServer::start().await;
        Mock::given(path("/a"))
            .respond_with(answer)
            .mount(&server)
            .await;
        Mock::given(path("/b"))
            .respond_with(ResponseTemplate::new(200).set_body_json(1))
            .mount(&server)
            .await;
        client(true)
            .get_json(&format!("{}/a", server.uri()), cap)
            .await
    }

    #[tokio::test]
    async fn fetches_json_and_says_who_we_are() {
        let server = MockServer::start().await;
        Mock::given(header_regex(
            "user-agent",
            r"^Grandstand/\d+\.\d+\.\d+ \(\+https://play\.example\)$",
        ))
        .and(header("accept", "application/json"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "a": 1 })))
        .mount(&server)
        .await;
        let value: Value = client(true).get_json(&server.uri(), 100).await.unwrap();
        assert_eq!(value, json!({ "a": 1 }));
    }

    #[tokio::test]
    async fn reads_no_more_than_the_cap() {
        let body = json!("x".repeat(98));
        assert!(
            get(ResponseTemplate::new(200).set_body_json(&body), 100)
                .await
                .is_ok()
        );
        let result = get(ResponseTemplate::new(200).set_body_json(&body), 99).await;
        assert!(
            matches!(result, Err(Error::TooLarge { cap: 99 })),
            "{result:?}"
        );
    }

    #[tokio::test]
    async fn follows_no_redirect_and_believes_no_error() {
        for status in [301, 302, 307, 400, 404, 500, 503] {
            let result = get(
                ResponseTemplate::new(status).insert_header("location", "/b"),
                100,
            )
            .await;
            assert!(
                matches!(result, Err(Error::Status(got)) if got == status),
                "{result:?}"
            );
        }
        let result = get(ResponseTemplate::new(200).set_body_string("<html>"), 100).await;
        assert!(matches!(result, Err(Error::NotJson(_))), "{result:?}");
    }

    #[tokio::test]
    async fn calls_nobody_in_the_clear_unless_allowed() {
        let server = MockServer::start().await;
        let result = client(false).get_json::<Value>(&server.uri(), 100).await;
        assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
        assert!(server.received_requests().await.unwrap().is_empty());
    }
}
