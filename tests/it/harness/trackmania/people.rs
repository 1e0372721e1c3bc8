//! The public API: what accounts are called, who is called so, and who comes with a code.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{PASSWORD, Upstream, World, account, asked, json_of};

impl Upstream {
    /// A driver has signed in at Trackmania, and the browser goes back with this code.
    pub fn signs_in(&self, driver: u128) -> String {
        let mut world = self.world.lock();
        world.made += 1;
        let code = format!("code/{}+", world.made);
        world.codes.insert(code.clone(), account(driver));
        code
    }
}

impl World {
    pub(super) fn public_token(&mut self, request: &Request) -> ResponseTemplate {
        let form: HashMap<String, String> = form_of(request).into_iter().collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let error = |status: u16, word: &str| {
            let body = json!({ "error": word, "error_description": "secret-description" });
            ResponseTemplate::new(status).set_body_json(body)
        };
        if (field("client_id"), field("client_secret")) != ("client", PASSWORD) {
            return error(401, "invalid_client");
        }
        self.made += 1;
        let token = format!("public-{}", self.made);
        match field("grant_type") {
            "client_credentials" => {
                self.tokens.insert(("public".to_owned(), token.clone()));
            }
            "authorization_code" => {
                let Some(account) = self.codes.remove(field("code")) else {
                    return error(400, "invalid_grant");
                };
                self.own_tokens.insert(token.clone(), account);
            }
            _ => return error(400, "unsupported_grant_type"),
        }
        json_of(json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": token }))
    }

    /// Whose the token is, in upper case as some of these services write it.
    pub(super) fn own_account(&self, presented: &str) -> ResponseTemplate {
        let token = presented.strip_prefix("Bearer ").unwrap_or_default();
        let Some(account) = self.own_tokens.get(token) else {
            return ResponseTemplate::new(401);
        };
        let name = self.names.get(account);
        json_of(json!({ "accountId": account.to_uppercase(), "displayName": name }))
    }

    pub(super) fn display_names(&self, request: &Request) -> ResponseTemplate {
        let accounts = asked(request, "accountId[]");
        if accounts.len() > 50 {
            return ResponseTemplate::new(400);
        }
        let names = accounts.into_iter();
        object_or_nothing(names.filter_map(|account| {
            let name = self.names.get(&account)?;
            Some((account, json!(name)))
        }))
    }

    pub(super) fn account_ids(&self, request: &Request) -> ResponseTemplate {
        let names = asked(request, "displayName[]").into_iter();
        object_or_nothing(names.filter_map(|wanted| {
            let mut known = self.names.iter();
            let same = |name: &str| name.to_lowercase() == wanted.to_lowercase();
            let (account, name) = known.find(|(_, name)| same(name))?;
            Some((name.clone(), json!(account)))
        }))
    }
}

pub fn form_of(request: &Request) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(&request.body);
    let url = reqwest::Url::parse(&format!("http://localhost?{body}")).unwrap();
    url.query_pairs().into_owned().collect()
}

/// Where nothing is found, an empty list in place of an object.
fn object_or_nothing(found: impl Iterator<Item = (String, Value)>) -> ResponseTemplate {
    let found: Map<String, Value> = found.collect();
    json_of(if found.is_empty() {
        json!([])
    } else {
        found.into()
    })
}
