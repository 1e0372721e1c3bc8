use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use kernel::{Clock, Networks};
use reqwest::Url;
use reqwest::redirect::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::guard::Guard;
use crate::host::{Hosts, Limits, Trial};
use crate::request::Wanted;
use crate::{Answer, Error, Request, retry};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const RETRIES: u32 = 2;

#[derive(Clone, Debug)]
pub struct Config {
    /// Where those who run the other side find out about us: `PUBLIC_URL`, or the project's page.
    pub contact: String,
    /// Whether plain `http://` may be called where we chose the address: for stand-ins on the developer's machine.
    pub allow_http: bool,
    /// Where addresses that users gave may lead besides the public internet. Plain `http://` leads there only.
    pub foreign_networks: Networks,
    /// What each host is asked at most.
    pub limits: Limits,
    /// Hosts with limits of their own, by name.
    pub hosts: Vec<(String, Limits)>,
    /// How often a call that may be repeated is tried again, unless it says otherwise.
    pub retries: u32,
}

impl Config {
    pub fn new(contact: impl Into<String>) -> Self {
        Self {
            contact: contact.into(),
            allow_http: false,
            foreign_networks: Networks::default(),
            limits: Limits::default(),
            hosts: Vec::new(),
            retries: RETRIES,
        }
    }
}

/// The HTTP client of the whole process. Cheap to clone; clones share connections, and what is known of hosts.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    ours: reqwest::Client,
    /// What runs beside us, without TLS, is reached by no proxy.
    ours_plain: reqwest::Client,
    /// For addresses that users gave: with TLS, and without.
    foreign: (reqwest::Client, Guard),
    foreign_plain: (reqwest::Client, Guard),
    hosts: Hosts,
    retries: u32,
    clock: Clock,
    pause: Pause,
}

type Pause = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Client")
            .field(&self.0.hosts)
            .finish()
    }
}

impl Client {
    /// # Errors
    /// When the certificates that the system trusts can't be used, or `contact` can't be in a header.
    pub fn new(config: Config, clock: Clock) -> Result<Self, Error> {
        let guarded = |guard: Guard, allow_http| {
            // A proxy would look up the name itself, and go where it likes.
            let client = builder(&config.contact, allow_http)
                .no_proxy()
                .dns_resolver(Arc::new(guard.clone()))
                .build();
            client.map(|client| (client, guard)).map_err(Error::Setup)
        };
        let networks = &config.foreign_networks;
        Ok(Self(Arc::new(Inner {
            ours: builder(&config.contact, false)
                .build()
                .map_err(Error::Setup)?,
            ours_plain: builder(&config.contact, config.allow_http)
                .no_proxy()
                .build()
                .map_err(Error::Setup)?,
            foreign: guarded(Guard::public_and(networks.clone()), false)?,
            foreign_plain: guarded(Guard::only(networks.clone()), true)?,
            hosts: Hosts::new(config.limits, config.hosts, clock.clone()),
            retries: config.retries,
            clock,
            pause: Arc::new(|wait| Box::pin(tokio::time::sleep(wait))),
        })))
    }

    /// A client for calling this very server over loopback: by no proxy, without TLS, and without limits.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn loopback(contact: impl Into<String>) -> Result<Self, Error> {
        let config = Config {
            allow_http: true,
            limits: Limits::NONE,
            retries: 0,
            ..Config::new(contact)
        };
        Self::new(config, Clock::system())
    }

    /// Makes the call, and makes it again if that may help and does no harm.
    ///
    /// # Errors
    /// When there is no answer. Any status is one: see [`Answer::status`].
    pub async fn send(&self, mut request: Request) -> Result<Answer, Error> {
        if let Some(problem) = request.problem.take() {
            return Err(problem);
        }
        let url = Url::parse(&request.url).map_err(|_| Error::BadAddress)?;
        let deadline = Instant::now() + request.timeout;
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(&request, &url, deadline).await;
            let retries = request.retries.unwrap_or(self.0.retries);
            match self.pause_after(&request, &outcome, attempt) {
                Some(pause) if attempt <= retries && pause < left(deadline) => {
                    (self.0.pause)(pause).await;
                    attempt += 1;
                }
                _ => return outcome,
            }
        }
    }

    /// Whether an address that a user gives may be called, as far as that can be told without looking up its name.
    ///
    /// # Errors
    /// [`Error::BadAddress`] or [`Error::Forbidden`].
    pub fn check_foreign(&self, url: &str) -> Result<(), Error> {
        let request = Request::get(url).foreign();
        let url = Url::parse(url).map_err(|_| Error::BadAddress)?;
        self.client_for(&request, &url).map(|_| ())
    }

    /// How long to wait before the next attempt; `None` if there is to be none.
    fn pause_after(
        &self,
        request: &Request,
        outcome: &Result<Answer, Error>,
        attempt: u32,
    ) -> Option<Duration> {
        let backoff = retry::backoff(attempt, rand::random());
        match outcome {
            Ok(answer) if request.repeatable && answer.may_change() => {
                Some(answer.retry_after.map_or(backoff, |wait| wait.max(backoff)))
            }
            // The host is not to be called now; whoever asks later is told when.
            Err(Error::Resting { .. } | Error::Crowded { .. }) => None,
            Err(error) if error.is_transient() && (request.repeatable || error.is_unsent()) => {
                Some(backoff)
            }
            _ => None,
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        url: &Url,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let client = self.client_for(request, url)?;
        let name = url.host_str().unwrap_or_default();
        let host = self.0.hosts.get(url.origin().ascii_serialization(), name);
        let _place = host.place(left(deadline)).await?;
        let turn = host.turn(left(deadline))?;
        if !turn.is_zero() {
            (self.0.pause)(turn).await;
        }
        let trial = host.admit()?;
        let outcome = self.call(client, request, url, left(deadline)).await;
        let label = if request.foreign { "foreign" } else { name };
        count(label, &outcome);
        report(trial, &outcome);
        outcome
    }

    fn client_for(&self, request: &Request, url: &Url) -> Result<&reqwest::Client, Error> {
        if !request.foreign {
            return Ok(match url.scheme() {
                "http" => &self.0.ours_plain,
                _ => &self.0.ours,
            });
        }
        let (client, guard) = match url.scheme() {
            "https" => &self.0.foreign,
            "http" if self.0.foreign_plain.1.permits_anything() => &self.0.foreign_plain,
            _ => return Err(Error::BadAddress),
        };
        guard.check_literal(url).map_err(|_| Error::Forbidden)?;
        Ok(client)
    }

    async fn call(
        &self,
        client: &reqwest::Client,
        request: &Request,
        url: &Url,
        patience: Duration,
    ) -> Result<Answer, Error> {
        let response = client
            .request(request.method.clone(), url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            // Covers the body too.
            .timeout(patience)
            .send()
            .await
            .map_err(Error::of)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match request.wanted {
            Wanted::AtMost(cap) => read(response, cap).await?,
            Wanted::Nothing => Bytes::new(),
        };
        Ok(Answer {
            status,
            retry_after: retry::retry_after(&headers, self.0.clock.now()),
            headers,
            body,
        })
    }

    /// Fetches a JSON document of at most `cap` bytes.
    ///
    /// # Errors
    /// When the other side is away, slow, says anything but 2xx, or sends too much or something else.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &str, cap: usize) -> Result<T, Error> {
        let request = Request::get(url).header("accept", "application/json");
        self.send(request.cap(cap)).await?.json()
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
        let request = Request::post(url).header("accept", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        self.send(request.json(body).cap(cap)).await?.json()
    }

    #[cfg(test)]
    fn with_pause(self, pause: Pause) -> Self {
        let inner = Arc::into_inner(self.0).expect("not shared yet");
        Self(Arc::new(Inner { pause, ..inner }))
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn builder(contact: &str, allow_http: bool) -> reqwest::ClientBuilder {
    let version = env!("CARGO_PKG_VERSION");
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    reqwest::Client::builder()
        .user_agent(format!("Grandstand/{version} (+{contact})"))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .https_only(!allow_http)
}

async fn read(mut response: reqwest::Response, cap: usize) -> Result<Bytes, Error> {
    // What it says of itself may be wrong, or missing; more than the cap is never kept.
    if response
        .content_length()
        .is_some_and(|length| length > cap as u64)
    {
        return Err(Error::TooLarge { cap });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::of)? {
        if body.len() + chunk.len() > cap {
            return Err(Error::TooLarge { cap });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn report(trial: Trial, outcome: &Result<Answer, Error>) {
    match outcome {
        Ok(answer) if answer.is_broken() => trial.failed(),
        Ok(_) | Err(Error::TooLarge { .. }) => trial.succeeded(),
        Err(Error::Unreachable(_) | Error::TimedOut) => trial.failed(),
        // It says nothing of the host.
        Err(_) => drop(trial),
    }
}

fn count(host: &str, outcome: &Result<Answer, Error>) {
    let outcome = match outcome {
        Ok(answer) => answer.status.as_u16().to_string(),
        Err(Error::TimedOut) => "timed_out".to_owned(),
        Err(Error::Forbidden) => "forbidden".to_owned(),
        Err(_) => "failed".to_owned(),
    };
    metrics::counter!("outbound_requests_total", "host" => host.to_owned(), "outcome" => outcome)
        .increment(1);
}

#[cfg(test)]
mod tests;
