//! Browsers that come back with a code: what the proofs of all who do OAuth 2.0 begin their end with.

use super::link_attempts;
use super::prove_link::refused;
use crate::model::callback_query::CallbackQuery;
use crate::model::code_flow::{Returned, read_query};
use crate::model::identity::Provider;
use crate::shared::Shared;
use crate::{CurrentUser, Error};

/// Who began, and the code, to be exchanged once. `browser` is what the browser kept, `query` what it came back with.
pub async fn end(
    shared: &Shared,
    provider: Provider,
    browser: Option<&str>,
    query: &str,
) -> Result<(CurrentUser, String), Error> {
    let query = CallbackQuery::parse(query);
    let user = link_attempts::end(shared, provider, query.state(), browser).await?;
    match read_query(&query).map_err(|refusal| refused(provider, refusal))? {
        Returned::Cancelled => Err(Error::LinkCancelled),
        Returned::Code(code) => Ok((user, code.to_owned())),
    }
}
