use kernel::Secret;

use super::Environment;
use crate::config::reader::{Reader, Setting, Show};
use crate::config::source::Origin;
use crate::config::value;

const STEAM_OPENID_URL: Setting<String> = Setting {
    name: "STEAM_OPENID_URL",
    default: Some("https://steamcommunity.com/openid/login"),
    allowed: "where Steam's OpenID 2.0 is",
    show: Show::Plain,
    parse: value::web_address,
};
const DISCORD_CLIENT_ID: Setting<String> = Setting {
    name: "DISCORD_CLIENT_ID",
    default: None,
    allowed: "the client id of a Discord application",
    show: Show::Plain,
    parse: value::text,
};
const DISCORD_CLIENT_SECRET: Setting<Secret> = Setting {
    name: "DISCORD_CLIENT_SECRET",
    default: None,
    allowed: "the client secret of a Discord application",
    show: Show::Masked,
    parse: value::secret,
};
const ALLOW_UNVERIFIED_LINKS: Setting<bool> = Setting {
    name: "ALLOW_UNVERIFIED_LINKS",
    default: None,
    allowed: "true or false",
    show: Show::Plain,
    parse: value::boolean,
};

/// Who we are to Discord, where users prove that an account there is theirs.
#[derive(Clone, Debug)]
pub struct DiscordClient {
    pub id: String,
    pub secret: Secret,
}

/// The accounts that users have elsewhere.
#[derive(Clone, Debug)]
pub struct LinksSection {
    /// Without a slash at its end.
    pub steam_openid_url: String,
    /// None: nobody can prove an account at Discord.
    pub discord_client: Option<DiscordClient>,
    /// Whether what a user merely says about an account elsewhere is acted upon.
    pub allow_unverified: bool,
}

impl LinksSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>, environment: Environment) -> Self {
        let steam_openid_url = reader.required(&STEAM_OPENID_URL);
        let discord_client = Self::read_discord_client(reader);
        // Claims are good enough to try things out with; nobody is to be written to by a server of many for having
        // been named by somebody else.
        let usual = environment == Environment::Development;
        let allow_unverified = reader.optional(&ALLOW_UNVERIFIED_LINKS);
        if !reader.is_set(ALLOW_UNVERIFIED_LINKS.name) {
            let shown = Some(usual.to_string());
            reader.set_default(ALLOW_UNVERIFIED_LINKS.name, shown, Origin::Default);
        }
        Self {
            steam_openid_url,
            discord_client,
            allow_unverified: allow_unverified.unwrap_or(usual),
        }
    }

    fn read_discord_client(reader: &mut Reader<'_>) -> Option<DiscordClient> {
        let (id, secret) = (
            reader.optional(&DISCORD_CLIENT_ID),
            reader.optional(&DISCORD_CLIENT_SECRET),
        );
        match (&id, &secret) {
            (Some(_), None) => reader.problem(
                DISCORD_CLIENT_SECRET.name,
                "is needed with DISCORD_CLIENT_ID",
            ),
            (None, Some(_)) => reader.problem(
                DISCORD_CLIENT_ID.name,
                "is needed with DISCORD_CLIENT_SECRET",
            ),
            _ => {}
        }
        Some(DiscordClient {
            id: id?,
            secret: secret?,
        })
    }
}
