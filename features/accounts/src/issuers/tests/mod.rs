//! Tokens of other issuers, good and forged, against key sets served over HTTP. `tokens` holds what is refused for what
//! the token is, `claims` for what it says, `keys` is about fetching and rotation.

mod claims;
mod keys;
mod tokens;
mod world;
