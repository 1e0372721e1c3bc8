//! OpenID 2.0 as Steam speaks it: <https://openid.net/specs/openid-authentication-2_0.html>.
//!
//! Invariant: what is taken from an assertion is taken after every check of it. Whatever has ever been used to log in as
//! somebody else has a row in the tests: <https://github.com/liamcurry/passport-steam/pull/127> and the like.

mod reply;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

pub use self::reply::{Reply, read_reply};
use super::address::{origin, with_query};
use super::callback_query::CallbackQuery;
use super::identity::SteamId;
use super::link_refusal::Refusal;

const NAMESPACE: &str = "http://specs.openid.net/auth/2.0";
/// "Whoever is signed in there": the other side puts the id in.
const IDENTIFIER_SELECT: &str = "http://specs.openid.net/auth/2.0/identifier_select";

/// What an assertion consists of, no more and no less.
const PARAMETERS: [&str; 10] = [
    "openid.ns",
    "openid.mode",
    "openid.op_endpoint",
    "openid.claimed_id",
    "openid.identity",
    "openid.return_to",
    "openid.response_nonce",
    "openid.assoc_handle",
    "openid.signed",
    "openid.sig",
];
/// What the signature must cover.
const SIGNED: [&str; 6] = [
    "op_endpoint",
    "claimed_id",
    "identity",
    "return_to",
    "response_nonce",
    "assoc_handle",
];

/// How old an assertion may be, and how far ahead Steam's clock.
const OLDEST_NONCE: Duration = Duration::from_secs(5 * 60);
const EARLIEST_NONCE: Duration = Duration::from_secs(30);
/// How long a nonce is remembered: past the time in which one would be believed.
pub const NONCES_ARE_KEPT: Duration = Duration::from_secs(15 * 60);
const MAX_NONCE_LENGTH: usize = 255;

/// Steam, or what stands in for it.
#[derive(Clone, Debug)]
pub struct SteamOpenid {
    endpoint: String,
    /// What every id begins with.
    ids: String,
}

/// How the browser came back.
#[derive(Debug, PartialEq, Eq)]
pub enum Returned {
    /// The user turned back.
    Cancelled,
    /// To be believed once Steam says that it said so.
    Asserted(Assertion),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Assertion {
    pub steam_id: SteamId,
    pub nonce: String,
    parameters: Vec<(String, String)>,
}

impl SteamOpenid {
    pub fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            ids: format!("{}/openid/id/", origin(endpoint)),
        }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Where a browser is sent that is to come back to `return_to`.
    pub fn sign_in_url(&self, return_to: &str) -> String {
        with_query(
            &self.endpoint,
            &[
                ("openid.ns", NAMESPACE),
                ("openid.mode", "checkid_setup"),
                ("openid.claimed_id", IDENTIFIER_SELECT),
                ("openid.identity", IDENTIFIER_SELECT),
                ("openid.return_to", return_to),
                ("openid.realm", origin(return_to)),
            ],
        )
    }

    /// Everything that can be checked without asking Steam. The state has been looked at already.
    pub fn read(
        &self,
        query: &CallbackQuery,
        return_to: &str,
        now: Timestamp,
    ) -> Result<Returned, Refusal> {
        let all = query.checked()?;
        let parameters: Vec<_> = all
            .iter()
            .filter(|(name, _)| name != "state")
            .cloned()
            .collect();
        let known = |name: &str| PARAMETERS.contains(&name);
        if !parameters.iter().all(|(name, _)| known(name)) {
            return Err(Refusal::UnknownParameter);
        }
        let get = |name: &str| {
            let found = parameters.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.as_str())
        };
        // Steam leaves all else out then.
        if get("openid.mode") == Some("cancel") {
            return Ok(Returned::Cancelled);
        }
        let get = |name: &str| get(name).ok_or(Refusal::MissingParameter);
        require(get("openid.ns")? == NAMESPACE, Refusal::Namespace)?;
        require(get("openid.mode")? == "id_res", Refusal::Mode)?;
        require(
            get("openid.op_endpoint")? == self.endpoint,
            Refusal::Endpoint,
        )?;
        require(get("openid.return_to")? == return_to, Refusal::ReturnTo)?;
        let claimed = get("openid.claimed_id")?;
        let steam_id = self.steam_id(claimed).ok_or(Refusal::ClaimedId)?;
        require(get("openid.identity")? == claimed, Refusal::IdentityDiffers)?;
        require(
            is_all_signed(get("openid.signed")?)
                && !get("openid.sig")?.is_empty()
                && !get("openid.assoc_handle")?.is_empty(),
            Refusal::Unsigned,
        )?;
        let nonce = get("openid.response_nonce")?.to_owned();
        let said_at = nonce_time(&nonce).ok_or(Refusal::Nonce)?;
        let timely = said_at >= now - OLDEST_NONCE && said_at <= now + EARLIEST_NONCE;
        require(timely, Refusal::NonceTime)?;
        Ok(Returned::Asserted(Assertion {
            steam_id,
            nonce,
            parameters,
        }))
    }

    fn steam_id(&self, claimed: &str) -> Option<SteamId> {
        SteamId::parse(claimed.strip_prefix(&self.ids)?).ok()
    }
}

impl Assertion {
    /// The question to Steam whether it said so: all as it came, but for the mode.
    pub fn question(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| match name.as_str() {
                "openid.mode" => ("openid.mode", "check_authentication"),
                name => (name, value.as_str()),
            })
    }
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

fn is_all_signed(list: &str) -> bool {
    let mut names: Vec<&str> = list.split(',').collect();
    let all = SIGNED.iter().all(|name| names.contains(name));
    names.sort_unstable();
    all && names.windows(2).all(|pair| pair[0] != pair[1])
}

/// When it was made: `2020-08-27T04:44:16Z` and something random, all of it visible ASCII (§10.1).
fn nonce_time(nonce: &str) -> Option<Timestamp> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00Z";
    if nonce.len() > MAX_NONCE_LENGTH || !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let time = nonce.get(..SHAPE.len())?;
    let shaped = time.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == *shape,
    });
    if shaped { time.parse().ok() } else { None }
}
