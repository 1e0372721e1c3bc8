//! The page behind the link in a mail.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header;

use crate::Error;
use crate::mail::render::{Button, UnsubscribePage};
use crate::model::unsubscribe::List;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The body of the form's own buttons; mail programs send another, or none.
pub const UNDO: &str = "undo=1";

pub enum Shown {
    Asked,
    Done,
    Undone,
}

pub fn page(list: List, shown: Shown) -> Result<Response, Error> {
    let label = list.label();
    let (title, sentence, button) = match shown {
        Shown::Asked => (
            "Unsubscribe?",
            format!("You won't get {label} any more."),
            Button {
                field: "List-Unsubscribe",
                value: "One-Click",
                label: "Unsubscribe",
            },
        ),
        Shown::Done => (
            "You are unsubscribed",
            format!("You won't get {label} any more."),
            Button {
                field: "undo",
                value: "1",
                label: "That was a mistake: subscribe again",
            },
        ),
        Shown::Undone => (
            "You are subscribed",
            format!("You get {label} again."),
            Button {
                field: "List-Unsubscribe",
                value: "One-Click",
                label: "Unsubscribe",
            },
        ),
    };
    let page = UnsubscribePage {
        title,
        sentence: &sentence,
        button,
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Html(page.render()?)).into_response())
}
