//! A browser that is sent to the other side and comes back. It navigates, so it can send no header and read no JSON: where
//! it is told something, that is by the address of the web app's page that it is sent to.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_api::ApiError;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::actions::event_tickets;
use crate::actions::link_attempts::Begun;
use crate::actions::sessions::check_signed_in;
use crate::model::identity::Provider;
use crate::model::link_attempt::GOOD_FOR;
use crate::routes::view::LinkView;
use crate::store::identities::Identity;
use crate::{Accounts, CurrentUser, Error};

/// The page of the web app that shows how it ended.
const PAGE: &str = "/settings/links";

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct BeginQuery {
    /// From `POST /events/ticket`, in place of the header `Authorization`, which a browser that navigates can't send.
    ticket: Option<String>,
}

/// What comes back from those who do OAuth 2.0. Read by hand, and strictly; here to be described.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only describes the query")]
pub struct CodeQuery {
    /// As it was sent there.
    state: Option<String>,
    /// To be exchanged for a token.
    code: Option<String>,
    /// Why there is no code: `access_denied` where the user turned back.
    error: Option<String>,
}

/// Who begins.
pub async fn caller(
    accounts: &Accounts,
    headers: &HeaderMap,
    query: &BeginQuery,
    user: Option<CurrentUser>,
) -> Result<CurrentUser, Error> {
    let Some(ticket) = &query.ticket else {
        return user.ok_or(Error::Unauthenticated);
    };
    // Or somebody could send others an address with a ticket of their own, and have them prove their accounts for them.
    if is_from_elsewhere(headers) {
        return Err(Error::LinkFromElsewhere);
    }
    let user = event_tickets::redeem(accounts.shared(), ticket).await?;
    check_signed_in(accounts.shared(), user).await?;
    http_api::context::set_user(user.id.uuid());
    Ok(user)
}

/// Browsers say what made them come (<https://www.w3.org/TR/fetch-metadata/>); what isn't one says nothing.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"same-site"))
}

/// Sends the browser away, with its secret in a cookie. Lax, since it comes back from another site.
pub fn begun(
    accounts: &Accounts,
    provider: Provider,
    headers: &HeaderMap,
    outcome: Result<Begun, Error>,
) -> Response {
    match outcome {
        Ok(begun) => {
            let cookie = cookie(
                accounts,
                provider,
                begun.browser.expose(),
                GOOD_FOR.as_secs(),
            );
            see_other(&begun.location, cookie)
        }
        Err(error) if accepts(headers, "text/html") => {
            ApiError::from(error).see_other(&page(accounts))
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

/// Answers the browser that came back; it needs its secret no more.
pub fn ended(
    accounts: &Accounts,
    provider: Provider,
    headers: &HeaderMap,
    outcome: Result<Identity, Error>,
) -> Response {
    let name = provider.as_str();
    let page = page(accounts);
    let cookie = cookie(accounts, provider, "", 0);
    let mut response = match outcome {
        Ok(identity) if accepts(headers, "application/json") => {
            Json(LinkView::from(identity)).into_response()
        }
        Err(error) if accepts(headers, "application/json") => ApiError::from(error).into_response(),
        Ok(_) => return see_other(&format!("{page}?linked={name}"), cookie),
        // The user knows, and it is no error.
        Err(Error::LinkCancelled) => {
            return see_other(&format!("{page}?cancelled={name}"), cookie);
        }
        Err(error) => ApiError::from(error).see_other(&page),
    };
    write(&mut response, header::SET_COOKIE, &cookie);
    write(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

/// The secret that the browser was sent away with. `None` also where there are two: one of them may be another's.
pub fn secret<'a>(
    accounts: &Accounts,
    provider: Provider,
    headers: &'a HeaderMap,
) -> Option<&'a str> {
    let wanted = cookie_name(accounts, provider);
    let values = headers.get_all(header::COOKIE).iter();
    let mut found = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted);
    let (_, secret) = found.next()?;
    found.next().is_none().then_some(secret)
}

fn page(accounts: &Accounts) -> String {
    format!("{}{PAGE}", accounts.shared().links.public_url)
}

fn has_tls(accounts: &Accounts) -> bool {
    accounts.shared().links.public_url.starts_with("https://")
}

/// With TLS under a name that browsers let nobody but this very host set.
fn cookie_name(accounts: &Accounts, provider: Provider) -> String {
    let prefix = if has_tls(accounts) { "__Host-" } else { "" };
    format!("{prefix}link-{}", provider.as_str())
}

fn cookie(accounts: &Accounts, provider: Provider, secret: &str, seconds: u64) -> String {
    let name = cookie_name(accounts, provider);
    let secure = if has_tls(accounts) { "; Secure" } else { "" };
    format!("{name}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|one| one.split(';').next())
        .any(|one| one.trim().eq_ignore_ascii_case(kind))
}

fn see_other(location: &str, cookie: String) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    write(&mut response, header::LOCATION, location);
    write(&mut response, header::SET_COOKIE, &cookie);
    write(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

/// All of it is ours, and visible ASCII.
fn write(response: &mut Response, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    #[test]
    fn what_is_accepted_is_said_in_any_order() {
        for (value, want) in [
            ("application/json", true),
            ("text/html, Application/JSON;q=0.9", true),
            ("application/json; charset=utf-8", true),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            assert_eq!(
                accepts(&with("accept", value), "application/json"),
                want,
                "{value}"
            );
        }
        assert!(!accepts(&HeaderMap::new(), "application/json"));
    }

    #[test]
    fn only_our_own_pages_begin_by_a_ticket() {
        for (site, want) in [
            ("same-origin", false),
            ("same-site", false),
            ("cross-site", true),
            ("none", true),
            ("", true),
        ] {
            assert_eq!(
                is_from_elsewhere(&with("sec-fetch-site", site)),
                want,
                "{site}"
            );
        }
        assert!(!is_from_elsewhere(&HeaderMap::new()));
    }
}
