//! Who is calling.

mod access_tokens;
mod alert_types;
mod api_keys;
mod deletion;
mod export;
mod links;
mod login;
mod oidc;
mod profile;
mod refresh;
mod register;
mod sessions;
mod setup;
