use kernel::Secret;

use crate::config::reader::{Reader, Setting, Show};
use crate::config::value;

const AWS_REGION: Setting<String> = Setting {
    name: "AWS_REGION",
    default: None,
    allowed: "the name of a region, such as eu-central-1",
    show: Show::Plain,
    parse: value::text,
};
const AWS_ENDPOINT_URL: Setting<String> = Setting {
    name: "AWS_ENDPOINT_URL",
    default: None,
    allowed: "where something answers as AWS does",
    show: Show::Plain,
    parse: value::web_address,
};
const AWS_ACCESS_KEY_ID: Setting<String> = Setting {
    name: "AWS_ACCESS_KEY_ID",
    default: None,
    allowed: "the id of an access key",
    show: Show::Plain,
    parse: value::text,
};
const AWS_SECRET_ACCESS_KEY: Setting<Secret> = Setting {
    name: "AWS_SECRET_ACCESS_KEY",
    default: None,
    allowed: "the secret of AWS_ACCESS_KEY_ID",
    show: Show::Masked,
    parse: value::secret,
};
const AWS_SESSION_TOKEN: Setting<Secret> = Setting {
    name: "AWS_SESSION_TOKEN",
    default: None,
    allowed: "the token that belongs to a temporary AWS_ACCESS_KEY_ID",
    show: Show::Masked,
    parse: value::secret,
};

/// How AWS is reached, as far as it is said here. For the rest, it is found as AWS's own tools find it.
#[derive(Clone, Debug)]
pub struct AwsSection {
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub access_key: Option<AwsAccessKey>,
}

#[derive(Clone, Debug)]
pub struct AwsAccessKey {
    pub id: String,
    pub secret: Secret,
    pub session_token: Option<Secret>,
}

impl AwsSection {
    pub(in crate::config) fn read(reader: &mut Reader<'_>) -> Self {
        let region = reader.optional(&AWS_REGION);
        let endpoint_url = reader.optional(&AWS_ENDPOINT_URL);
        let id = reader.optional(&AWS_ACCESS_KEY_ID);
        let secret = reader.optional(&AWS_SECRET_ACCESS_KEY);
        let session_token = reader.optional(&AWS_SESSION_TOKEN);
        for (there, other) in [
            (&AWS_ACCESS_KEY_ID.name, &AWS_SECRET_ACCESS_KEY.name),
            (&AWS_SECRET_ACCESS_KEY.name, &AWS_ACCESS_KEY_ID.name),
        ] {
            if reader.is_set(there) && !reader.is_set(other) {
                reader.problem(other, format!("is needed with {there}"));
            }
        }
        let access_key = id.zip(secret).map(|(id, secret)| AwsAccessKey {
            id,
            secret,
            session_token,
        });
        Self {
            region,
            endpoint_url,
            access_key,
        }
    }
}
