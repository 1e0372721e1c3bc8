//! The rules about people and the credentials they show: pure, synchronous, no I/O.

pub mod access_token;
pub mod address;
pub mod alert_type;
pub mod api_key;
pub mod attempts;
pub mod callback_query;
pub mod code_flow;
pub mod discord_oauth;
pub mod email;
pub mod event_ticket;
pub mod identity;
pub mod issuer_token;
pub mod key_set;
pub mod link_attempt;
pub mod link_refusal;
pub mod mailed_token;
pub mod opaque;
pub mod password;
pub mod refresh_token;
pub mod screen_name;
pub mod steam_openid;
pub mod strict_json;
pub mod user;

/// A rule that a value breaks, worded to follow the field's name: "must have …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub &'static str);

/// Why a token isn't believed. Nobody is told more: the details would only help whoever forges one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("not a token that is accepted here")]
    Invalid,
    #[error("expired")]
    Expired,
}
