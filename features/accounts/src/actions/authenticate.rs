use http::{HeaderMap, header};
use jiff::Timestamp;
use kernel::UserId;

use super::sign_in_elsewhere;
use crate::model::access_token::AccessTokens;
use crate::model::user::Role;
use crate::shared::Shared;
use crate::{CurrentUser, Error, store};

/// Who is calling. `None` without a bearer token; a token that isn't good is an error, and so is one of somebody who is
/// banned. Our own take no I/O.
pub async fn authenticate(
    shared: &Shared,
    headers: &HeaderMap,
) -> Result<Option<CurrentUser>, Error> {
    let Some(token) = bearer_token(headers)? else {
        return Ok(None);
    };
    let user = if AccessTokens::are_like(token) {
        let claimed = shared.access_tokens.read(token, shared.clock.now())?;
        CurrentUser {
            id: claimed.bearer.user,
            session: Some(claimed.bearer.session),
            expires_at: claimed.expires_at,
        }
    } else {
        // Elsewhere, since its future is large: every request of anybody would have to carry the room for it.
        Box::pin(by_issuer(shared, token)).await?
    };
    shared.bans.check(user.id)?;
    Ok(Some(user))
}

/// Who comes with the token of another issuer.
async fn by_issuer(shared: &Shared, token: &str) -> Result<CurrentUser, Error> {
    let external = shared.issuers.read(token).await?;
    let id = sign_in_elsewhere::user_of(shared, &external).await?;
    Ok(CurrentUser {
        id,
        session: None,
        expires_at: Timestamp::from_second(external.subject.expires_at).unwrap_or(Timestamp::MAX),
    })
}

/// RFC 6750, section 2.1. Another scheme, such as a proxy's `Basic`, is none of our business.
fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // Two readers of two headers could believe two different people.
    if values.next().is_some() {
        return Err(Error::InvalidToken);
    }
    let bytes = value.as_bytes();
    let Some((scheme, rest)) = bytes.split_at_checked("bearer".len()) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case(b"bearer") || rest.first().is_some_and(|byte| *byte != b' ') {
        return Ok(None);
    }
    let token = str::from_utf8(rest)
        .map_err(|_| Error::InvalidToken)?
        .trim_matches(' ');
    Ok(Some(token))
}

/// Asks the database, so that who is admin no longer isn't at once, nor who is banned.
pub async fn check_admin(shared: &Shared, user: UserId) -> Result<(), Error> {
    match store::users::role(shared.db.pool(), user).await? {
        Some((_, Some(reason))) => Err(Error::Banned(reason.into())),
        Some((Role::Admin, None)) => Ok(()),
        Some((Role::User, None)) => Err(Error::AdminOnly),
        None => Err(Error::AccountGone),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                header::AUTHORIZATION,
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn finds_the_bearer_token() {
        for (value, want) in [
            (&b"Bearer abc"[..], Some("abc")),
            (b"bearer  abc ", Some("abc")),
            (b"Bearer", Some("")),
            (b"Bearer ", Some("")),
            (b"Basic abc", None),
            (b"Bearerabc", None),
            (b"", None),
            (b"\xff\xff\xff\xff\xff\xff\xff", None),
        ] {
            assert_eq!(
                bearer_token(&headers(&[value])).ok().flatten(),
                want,
                "{value:?}"
            );
        }
        assert!(matches!(
            bearer_token(&headers(&[b"Bearer a", b"Bearer b"])),
            Err(Error::InvalidToken)
        ));
        assert!(matches!(
            bearer_token(&headers(&[b"Bearer \xff"])),
            Err(Error::InvalidToken)
        ));
        assert!(matches!(bearer_token(&headers(&[])), Ok(None)));
    }
}
