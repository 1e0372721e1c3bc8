use std::time::Duration;

use kernel::Secret;

#[derive(Clone, Debug)]
pub struct Config {
    /// Signs access tokens; the keys of refresh tokens are derived from it.
    pub jwt_secret: Secret,
    /// How long an access token is good for.
    pub jwt_expiry: Duration,
    /// How long a device stays signed in without being used.
    pub refresh_token_expiry: Duration,
    /// Whose access tokens we accept besides our own.
    pub issuers: Vec<Issuer>,
    /// Passwords hashed at the same time, each of which fills a core and 19 MiB for some 30 ms.
    pub password_hashing_concurrency: usize,
    /// How users prove which accounts elsewhere are theirs.
    pub links: LinksConfig,
    /// What wrong passwords are counted in; see [`Accounts::limit_login_attempts`](crate::Accounts::limit_login_attempts).
    pub login_window: Duration,
}

impl Config {
    /// The defaults, around the values that have none.
    pub fn new(jwt_secret: Secret, links: LinksConfig) -> Self {
        Self {
            jwt_secret,
            links,
            jwt_expiry: Duration::from_secs(15 * 60),
            refresh_token_expiry: Duration::from_secs(7 * 24 * 60 * 60),
            issuers: Vec::new(),
            password_hashing_concurrency: 2,
            login_window: Duration::from_secs(5 * 60),
        }
    }
}

/// The other sides, and how they come back to us.
#[derive(Clone, Debug)]
pub struct LinksConfig {
    /// Where browsers reach this server, without a slash at its end.
    pub public_url: String,
    /// `https://steamcommunity.com/openid/login`, or a stand-in.
    pub steam_openid_url: String,
    /// `https://discord.com/api/v10`, or a stand-in.
    pub discord_api_url: String,
    /// None: accounts at Discord can't be proven.
    pub discord_client: Option<DiscordClient>,
}

/// Who we are to Discord.
#[derive(Clone, Debug)]
pub struct DiscordClient {
    pub id: String,
    pub secret: Secret,
}

/// An OpenID Connect provider whose RS256 access tokens we accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// What `iss` must be, byte for byte: Auth0's ends in a slash, Cognito's doesn't.
    pub issuer: String,
    pub accepts: Accepts,
    /// A claim and the value that makes its bearer an admin, such as `("cognito:groups", "admins")`.
    pub admin_claim: Option<(String, String)>,
    /// Where the keys are; by default `/.well-known/jwks.json` below the issuer.
    pub jwks_url: Option<String>,
    /// The claim that holds a screen name; by default the first of `nickname`, `preferred_username`, `name`,
    /// `username` that could be one.
    pub name_claim: Option<String>,
}

/// How an issuer says that a token is meant for us. One rule per issuer: a token that lacks what its own rule
/// asks for never passes by the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// `aud` is or holds this: Auth0 and most others.
    Audience(String),
    /// `token_use` is `access` and `client_id` one of these: Cognito, whose access tokens have no `aud`.
    Clients(Vec<String>),
}

impl Issuer {
    pub fn new(issuer: impl Into<String>, accepts: Accepts) -> Self {
        Self {
            issuer: issuer.into(),
            accepts,
            admin_claim: None,
            jwks_url: None,
            name_claim: None,
        }
    }

    pub fn jwks_url(&self) -> String {
        self.jwks_url.clone().unwrap_or_else(|| {
            format!(
                "{}/.well-known/jwks.json",
                self.issuer.trim_end_matches('/')
            )
        })
    }
}
