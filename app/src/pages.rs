//! The pages that need no web app: the live leaderboard at `/` and the set-up of the first admin.
//!
//! Invariant: they load nothing from elsewhere, run no inline script and no inline style, and their policy forbids
//! both. All of it is in the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct Page {
    path: &'static str,
    kind: &'static str,
    /// The set-up page's address holds a secret.
    private: bool,
    text: &'static str,
}

const fn html(path: &'static str, text: &'static str) -> Page {
    Page {
        path,
        kind: "text/html; charset=utf-8",
        private: false,
        text,
    }
}

const fn style(path: &'static str, text: &'static str) -> Page {
    Page {
        path,
        kind: "text/css; charset=utf-8",
        private: false,
        text,
    }
}

const fn script(path: &'static str, text: &'static str) -> Page {
    Page {
        path,
        kind: "text/javascript; charset=utf-8",
        private: false,
        text,
    }
}

static PAGES: [Page; 8] = [
    html("/", include_str!("../pages/leaderboard.html")),
    Page {
        private: true,
        ..html("/setup", include_str!("../pages/setup.html"))
    },
    style("/assets/pages.css", include_str!("../pages/pages.css")),
    style(
        "/assets/leaderboard.css",
        include_str!("../pages/leaderboard.css"),
    ),
    style("/assets/setup.css", include_str!("../pages/setup.css")),
    script(
        "/assets/leaderboard.js",
        include_str!("../pages/leaderboard.js"),
    ),
    script("/assets/setup.js", include_str!("../pages/setup.js")),
    Page {
        path: "/assets/icon.svg",
        kind: "image/svg+xml",
        private: false,
        text: include_str!("../pages/icon.svg"),
    },
];

pub fn routes() -> Router {
    PAGES.iter().fold(Router::new(), |router, page| {
        let tag = tag(page.text);
        router.route(
            page.path,
            get(move |headers: HeaderMap| std::future::ready(answer(page, &tag, &headers))),
        )
    })
}

/// Changes whenever the text does, so that browsers ask but rarely download.
fn tag(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

fn answer(page: &Page, tag: &str, headers: &HeaderMap) -> Response {
    let caching = if page.private { "no-store" } else { "no-cache" };
    let head = [
        (header::CONTENT_TYPE, page.kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, caching),
        (header::ETAG, tag),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if !page.private && known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, page.text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_nothing_from_elsewhere() {
        for page in PAGES
            .iter()
            .filter(|page| page.kind.starts_with("text/html"))
        {
            assert!(!page.text.contains("<style"), "{}", page.path);
            assert!(!page.text.contains(" style="), "{}", page.path);
            let handlers = page
                .text
                .split_whitespace()
                .filter(|word| word.starts_with("on") && word.contains('='));
            assert_eq!(handlers.count(), 0, "{}", page.path);
            assert!(!page.text.contains("://"), "{}", page.path);
            for script in page.text.split("<script").skip(1) {
                assert!(script.starts_with(" src=\"/assets/"), "{}", page.path);
            }
            for asset in page.text.split("\"/assets/").skip(1) {
                let path = format!("/assets/{}", asset.split('"').next().unwrap_or_default());
                assert!(
                    PAGES.iter().any(|page| page.path == path),
                    "{path} is missing"
                );
            }
        }
    }

    #[test]
    fn scripts_write_text_and_never_markup() {
        for page in PAGES
            .iter()
            .filter(|page| page.kind.starts_with("text/javascript"))
        {
            for word in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ] {
                assert!(!page.text.contains(word), "{}: {word}", page.path);
            }
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again_unless_private() {
        let known = |page: &Page| {
            let tag = tag(page.text);
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            answer(page, &tag, &headers).status()
        };
        assert_eq!(known(&PAGES[0]), StatusCode::NOT_MODIFIED);
        assert_eq!(known(&PAGES[1]), StatusCode::OK);
    }
}
