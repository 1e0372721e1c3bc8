//! Access tokens of other issuers: RS256 and nothing else, whatever the token says. Reading one takes four steps,
//! and each gives what the next one needs: [`Unverified::parse`] names issuer and key, [`Unverified::verify`] checks
//! the signature, [`Claims::check`] holds the claims against the rule of that issuer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::TokenError;
use super::access_token::{CLOCK_SKEW, MAX_LENGTH};
use super::email::Email;
use super::key_set::{Key, MAX_KEY_ID_LENGTH};
use super::screen_name::ScreenName;
use super::strict_json;
use crate::config::{Accepts, Issuer};

/// OpenID Connect Core, section 2: `sub` has at most 255 ASCII characters.
const MAX_SUBJECT_LENGTH: usize = 255;
const NAME_CLAIMS: [&str; 4] = ["nickname", "preferred_username", "name", "username"];

/// A token that was taken apart and is not to be believed yet.
pub struct Unverified<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    key_id: String,
    issuer: String,
    claims: Map<String, Value>,
}

impl<'a> Unverified<'a> {
    /// # Errors
    /// When it isn't a JWT with the header that we ask for.
    pub fn parse(token: &'a str) -> Result<Self, TokenError> {
        Self::take_apart(token).ok_or(TokenError::Invalid)
    }

    fn take_apart(token: &'a str) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |encoded: &str| strict_json::object(&URL_SAFE_NO_PAD.decode(encoded).ok()?);
        let key_id = key_id(&object(header)?)?;
        // A fourth part would leave a dot in here, which is not base64url.
        let claims = object(claims)?;
        let issuer = claims.get("iss")?.as_str()?.to_owned();
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self {
            signed,
            signature,
            key_id,
            issuer,
            claims,
        })
    }

    /// Who says to have issued it: picks the one issuer whose keys and rule may be used.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// # Errors
    /// When the key did not sign this.
    pub fn verify(self, key: &Key) -> Result<Claims, TokenError> {
        key.verify_sig(self.signed.as_bytes(), &self.signature)
            .map_err(|_| TokenError::Invalid)?;
        Ok(Claims(self.claims))
    }
}

/// The key id of a header that we accept. `jku`, `x5u`, `jwk` and `x5c` are ignored: keys come from the issuer's
/// configured address only.
fn key_id(header: &Map<String, Value>) -> Option<String> {
    // Extensions that must be understood: we understand none (RFC 7515, section 4.1.11; RFC 7797).
    if header.contains_key("crit") || header.contains_key("b64") {
        return None;
    }
    if header.get("alg")? != "RS256" {
        return None;
    }
    if let Some(kind) = header.get("typ") {
        let kind = kind.as_str()?.to_ascii_lowercase();
        if !["jwt", "at+jwt"].contains(&kind.strip_prefix("application/").unwrap_or(&kind)) {
            return None;
        }
    }
    let key_id = header.get("kid")?.as_str()?;
    (1..=MAX_KEY_ID_LENGTH)
        .contains(&key_id.len())
        .then(|| key_id.to_owned())
}

/// Claims that the issuer signed.
pub struct Claims(Map<String, Value>);

/// Whom an issuer's token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// With the issuer, the identity. Never the e-mail or the name.
    pub subject: String,
    /// Whether the issuer says that this is an admin.
    pub is_admin: bool,
    /// When the token was issued, if it says so.
    pub issued_at: Option<i64>,
    /// Epoch seconds.
    pub expires_at: i64,
    pub screen_name: Option<ScreenName>,
    /// Only an address that the issuer has verified.
    pub email: Option<Email>,
}

impl Claims {
    /// # Errors
    /// When the token isn't for us, not an access token, or its time is over or yet to come.
    pub fn check(&self, issuer: &Issuer, now: Timestamp) -> Result<Subject, TokenError> {
        let subject = self
            .text("sub")
            .filter(|subject| (1..=MAX_SUBJECT_LENGTH).contains(&subject.len()))
            .filter(|subject| !subject.contains(char::is_control))
            .ok_or(TokenError::Invalid)?;
        if !self.is_for_us(&issuer.accepts) {
            return Err(TokenError::Invalid);
        }
        let (issued_at, expires_at) = self.check_times(now)?;
        Ok(Subject {
            subject: subject.to_owned(),
            is_admin: issuer
                .admin_claim
                .as_ref()
                .is_some_and(|(name, value)| self.grants(name, value)),
            issued_at,
            expires_at,
            screen_name: self.screen_name(issuer, subject),
            email: self.verified_email(),
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A date as a whole number of seconds; `Err` for anything else in its place.
    fn date(&self, name: &str) -> Result<Option<i64>, TokenError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or(TokenError::Invalid),
        }
    }

    fn is_for_us(&self, accepts: &Accepts) -> bool {
        match accepts {
            Accepts::Audience(ours) => match self.0.get("aud") {
                Some(Value::String(audience)) => audience == ours,
                Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == ours),
                _ => false,
            },
            Accepts::Clients(clients) => {
                let client = self.text("client_id");
                self.text("token_use") == Some("access")
                    && client.is_some_and(|client| clients.iter().any(|ours| ours == client))
            }
        }
    }

    /// When it was issued, if it says so, and when it expires.
    fn check_times(&self, now: Timestamp) -> Result<(Option<i64>, i64), TokenError> {
        let now = now.as_second();
        let latest = now.saturating_add_unsigned(CLOCK_SKEW.as_secs());
        let expires_at = self.date("exp")?.ok_or(TokenError::Invalid)?;
        let issued_at = self.date("iat")?;
        let not_before = self.date("nbf")?;
        if [issued_at, not_before]
            .into_iter()
            .flatten()
            .any(|from| from > latest)
        {
            return Err(TokenError::Invalid);
        }
        if expires_at <= now {
            Err(TokenError::Expired)
        } else {
            Ok((issued_at, expires_at))
        }
    }

    /// Whether a claim is, or holds, exactly this value. `scope` alone is a list in one text.
    fn grants(&self, name: &str, value: &str) -> bool {
        match self.0.get(name) {
            Some(Value::String(text)) if name == "scope" => {
                text.split(' ').any(|scope| scope == value)
            }
            Some(Value::String(text)) => text == value,
            Some(Value::Array(values)) => values.iter().any(|one| one == value),
            _ => false,
        }
    }

    /// A name that could be shown: not an address, which is private, and not a mere id.
    fn screen_name(&self, issuer: &Issuer, subject: &str) -> Option<ScreenName> {
        let named = issuer.name_claim.as_deref();
        let names = named
            .map_or(&NAME_CLAIMS[..], |_| &[])
            .iter()
            .copied()
            .chain(named);
        names
            .filter_map(|name| self.text(name))
            .filter(|name| {
                *name != subject
                    && !name.contains(['@', '|'])
                    && uuid::Uuid::try_parse(name).is_err()
            })
            .find_map(|name| ScreenName::new(name).ok())
    }

    fn verified_email(&self) -> Option<Email> {
        let verified = match self.0.get("email_verified")? {
            Value::Bool(verified) => *verified,
            // Cognito writes it as a text.
            Value::String(text) => text == "true",
            _ => false,
        };
        if verified {
            Email::parse(self.text("email")?).ok()
        } else {
            None
        }
    }
}
