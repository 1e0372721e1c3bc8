//! What is kept for each route: its template, and the handles of its metrics. axum applies the edge's layer once to
//! each method of each route and once to the fallback, so what one of them keeps is of one template only, and a
//! request finds its metrics without hashing a path.

use std::sync::OnceLock;

use axum::extract::MatchedPath;
use http::{Extensions, Method, StatusCode};
use metrics::{Counter, Histogram};

/// What metrics and logs call a path that no route has.
pub(super) const UNMATCHED: &str = "unmatched";

#[derive(Default)]
pub(super) struct Route {
    template: OnceLock<Box<str>>,
    /// A handful: a route answers one or two methods with a few statuses.
    answers: papaya::HashMap<(&'static str, StatusCode), Answers>,
}

/// The metrics of one method, route and status.
struct Answers {
    count: Counter,
    duration: Histogram,
}

impl Route {
    /// The route's template, such as `/api/v1/scores/{id}`.
    pub(super) fn template(&self, extensions: &Extensions) -> &str {
        self.template.get_or_init(|| {
            let matched = extensions.get::<MatchedPath>();
            matched.map_or(UNMATCHED, MatchedPath::as_str).into()
        })
    }

    /// The template, once a request has been seen.
    pub(super) fn name(&self) -> &str {
        self.template.get().map_or(UNMATCHED, |template| template)
    }

    pub(super) fn count(&self, method: &'static str, status: StatusCode, seconds: f64) {
        let answers = self.answers.pin();
        let metrics = answers.get_or_insert_with((method, status), || self.resolve(method, status));
        metrics.count.increment(1);
        metrics.duration.record(seconds);
    }

    fn resolve(&self, method: &'static str, status: StatusCode) -> Answers {
        let path = self.name().to_owned();
        Answers {
            count: metrics::counter!(
                "http_requests_total",
                "method" => method,
                "path" => path.clone(),
                "status" => status.as_str().to_owned()
            ),
            duration: metrics::histogram!(
                "http_request_duration_seconds",
                "method" => method,
                "path" => path
            ),
        }
    }
}

/// A label's value: clients may make up methods, but not labels.
pub(super) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
