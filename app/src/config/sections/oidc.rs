use serde::{Deserialize, Deserializer};

use crate::config::reader::{Reader, Setting, Show};
use crate::config::value;

const OIDC_ISSUER: Setting<String> = Setting {
    name: "OIDC_ISSUER",
    default: None,
    allowed: "the issuer's address exactly as its tokens have it in `iss` (Auth0's ends with a slash, Cognito's doesn't)",
    show: Show::Plain,
    parse: issuer,
};
const OIDC_AUDIENCE: Setting<String> = Setting {
    name: "OIDC_AUDIENCE",
    default: None,
    allowed: "the audience of the issuer's access tokens (Cognito: the app client's id)",
    show: Show::Plain,
    parse: value::text,
};
const OIDC_ISSUERS: Setting<Vec<OidcIssuer>> = Setting {
    name: "OIDC_ISSUERS",
    default: None,
    allowed: "a JSON list of objects with `issuer`, `audience` or `clientId`, and optionally `adminClaim` and `adminValue`",
    show: Show::Plain,
    parse: |text| {
        let issuers: Vec<OidcIssuer> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        issuers.iter().try_for_each(OidcIssuer::check)?;
        Ok(issuers)
    },
};
/// An outside issuer of access tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcIssuer {
    pub issuer: String,
    pub audience: Option<String>,
    /// Instead of an audience: Cognito's access tokens have none.
    #[serde(default, alias = "clientId", deserialize_with = "one_or_more")]
    pub client_ids: Vec<String>,
    /// The claim that, with `admin_value` in it, makes an admin.
    pub admin_claim: Option<String>,
    pub admin_value: Option<String>,
    /// Where its keys are, unless they are at the usual place below the issuer.
    pub jwks_url: Option<String>,
    /// The claim that holds a screen name.
    pub name_claim: Option<String>,
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

impl OidcIssuer {
    /// `OIDC_AUDIENCE` is an app client's id for Cognito, whose access tokens have no audience.
    fn of_short_form(issuer: String, audience: String) -> Self {
        let host = issuer
            .trim_start_matches("https://")
            .split('/')
            .next()
            .unwrap_or_default();
        let cognito = host.starts_with("cognito-idp.") && host.contains(".amazonaws.com");
        let (audience, client_ids) = if cognito {
            (None, vec![audience])
        } else {
            (Some(audience), Vec::new())
        };
        Self {
            issuer,
            audience,
            client_ids,
            admin_claim: None,
            admin_value: None,
            jwks_url: None,
            name_claim: None,
        }
    }

    fn check(&self) -> Result<(), String> {
        let name = &self.issuer;
        for address in [Some(name), self.jwks_url.as_ref()].into_iter().flatten() {
            issuer(address).map_err(|_| format!("{address:?} is not an https address"))?;
        }
        if self.audience.is_some() != self.client_ids.is_empty() {
            return Err(format!("{name} needs either `audience` or `clientId`"));
        }
        if self.admin_claim.is_some() != self.admin_value.is_some() {
            return Err(format!(
                "{name} needs `adminClaim` and `adminValue` both, or neither"
            ));
        }
        Ok(())
    }
}

/// Kept byte for byte, since tokens are compared with it so. http is for an issuer on this machine only.
fn issuer(text: &str) -> Result<String, String> {
    value::web_address(text)?;
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"]
        .iter()
        .any(|start| {
            text.strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
    if text.starts_with("https://") || local {
        Ok(text.to_owned())
    } else {
        Err("it must begin with https://".to_owned())
    }
}

pub(super) fn read_issuers(reader: &mut Reader<'_>) -> Vec<OidcIssuer> {
    let (short, audience) = (
        reader.optional(&OIDC_ISSUER),
        reader.optional(&OIDC_AUDIENCE),
    );
    let mut issuers = reader.optional(&OIDC_ISSUERS).unwrap_or_default();
    match (short, audience) {
        (Some(issuer), Some(audience)) => issuers.push(OidcIssuer::of_short_form(issuer, audience)),
        (Some(_), None) if !reader.is_set(OIDC_AUDIENCE.name) => {
            reader.problem(
                OIDC_AUDIENCE.name,
                "is needed with OIDC_ISSUER, or tokens for anybody would pass",
            );
        }
        (None, Some(_)) if !reader.is_set(OIDC_ISSUER.name) => {
            reader.problem(OIDC_ISSUER.name, "is needed with OIDC_AUDIENCE");
        }
        _ => {}
    }
    let mut names: Vec<&str> = issuers
        .iter()
        .map(|issuer| issuer.issuer.as_str())
        .collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        reader.problem(OIDC_ISSUERS.name, format!("names {} twice", twice[0]));
    }
    issuers
}
