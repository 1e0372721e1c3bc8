//! The OpenAPI document.
//!
//! Invariant: what every operation has in common is said here once, and added to all of them: who may call it, and
//! how it fails.

use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{
    Components, ContactBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
    ServerBuilder,
};

pub const PATH: &str = "/api/v1/openapi.json";

const DESCRIPTION: &str = "\
Verified scores on live leaderboards, and the accounts under them.

**Conventions.** JSON in and out, names in camelCase, times RFC 3339 in UTC with milliseconds. Ids of our own things \
are TypeIDs such as `usr_01h455vb4pex5vsknk084sn02q`.

**Who is calling.** People send `Authorization: Bearer <access token>`; a game's own server sends `X-Api-Key: gsk_…`. \
Each operation says which it wants; what wants none is public.

**Errors** all look like `{\"error\": \"<a sentence>\", \"code\": \"<stable_word>\", \"requestId\": \"…\"}`, with `details` \
where fields are at fault. 400 malformed, 401 not authenticated, 403 not allowed, 404 not there or not yours, 409 \
conflicts with what is stored, 422 well-formed but invalid, 429 too many (see `Retry-After`), 503 try again (see \
`Retry-After`).

**Lists** take `?limit=` (default 20, at most 100) and `?cursor=`, and answer a `nextCursor`, null at the end.

**Requests** may carry an `X-Request-Id`; every response has one, and so has the server's log.";

const TAGS: [(&str, &str); 13] = [
    (
        "Accounts",
        "Signing up and in, devices, one's own account, accounts elsewhere.",
    ),
    (
        "Scores",
        "A game's server vouches for what a player did; the player's client sends the score. It counts once.",
    ),
    (
        "Leaderboards",
        "Ranks, pages, and the window around a player.",
    ),
    ("Players", "Finding players, and what each has played."),
    ("Followers", "Who follows whom, and who is shut out."),
    ("Presence", "Who is online, and what they play."),
    (
        "Age of Empires IV",
        "One's matches, from AoE4World, and reviews of them.",
    ),
    (
        "Trackmania",
        "Maps, who is best on them, and what is new there.",
    ),
    (
        "Live events",
        "Changes as they happen, by Server-Sent Events.",
    ),
    (
        "Jobs",
        "Work that takes its time: how far it has come, and calling it off.",
    ),
    (
        "Notifications",
        "What one is told, over which channels; feedback.",
    ),
    (
        "Admin",
        "For admins: a day at a glance, users, what was done, settings, API keys, leaderboards, queues, feedback.",
    ),
    ("Service", "How the server is doing."),
];

/// What the document begins as, before the routes are added.
pub fn skeleton(public_url: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Grandstand")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .contact(Some(
            ContactBuilder::new()
                .name(Some("Whoever runs this server"))
                .url(Some(public_url))
                .build(),
        ))
        .build();
    let bearer = |description: &str| {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT");
        SecurityScheme::Http(scheme.description(Some(description)).build())
    };
    let mut components = Components::new();
    components.add_security_scheme("user", bearer("The access token of a signed-in person"));
    components.add_security_scheme(
        "admin",
        bearer("The access token of a signed-in person whose role is `admin`"),
    );
    components.add_security_scheme(
        "key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "X-Api-Key",
            "The key of a game's own server, `gsk_…`",
        ))),
    );
    let tag = |(name, description): (&str, &str)| -> Tag {
        TagBuilder::new()
            .name(name)
            .description(Some(description))
            .build()
    };
    OpenApiBuilder::new()
        .info(info)
        // Where the document was loaded from: true behind every proxy.
        .servers(Some([ServerBuilder::new()
            .url("/")
            .description(Some("This server"))
            .build()]))
        .components(Some(components))
        .tags(Some(TAGS.map(tag)))
        .build()
}

/// Adds what operations have in common. Call it once all routes are there.
pub fn complete(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let is_api = path.starts_with("/api/v1/") && path != PATH;
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            name_tags(operation);
            if is_api {
                add_common_errors(operation);
            }
        }
    }
    document
}

/// One spelling for each tag, or the reference would list it twice.
fn name_tags(operation: &mut Operation) {
    for tag in operation.tags.iter_mut().flatten() {
        if let Some((name, _)) = TAGS.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag)) {
            *tag = (*name).to_owned();
        }
    }
}

fn add_common_errors(operation: &mut Operation) {
    // The requirements keep their names to themselves, except as JSON.
    let requirements = serde_json::to_value(&operation.security).unwrap_or_default();
    let wants = |scheme: &str| {
        let mut requirements = requirements.as_array().into_iter().flatten();
        requirements.any(|requirement| requirement.get(scheme).is_some())
    };
    let (user, admin, key) = (wants("user"), wants("admin"), wants("key"));
    let mut common = vec![
        (
            "408",
            "`request_timeout`: sending the request, or answering it, took too long",
        ),
        ("429", "`rate_limited`: wait as long as `Retry-After` says"),
        ("500", "`internal_error`: our fault, and logged"),
        (
            "503",
            "A part that this stands on is away; try again after `Retry-After`",
        ),
    ];
    if user || admin || key {
        common.push(("401", "Nobody that we believe is calling"));
    }
    if admin {
        common.push(("403", "`admin_only` or `account_banned`"));
    } else if user {
        common.push(("403", "`account_banned`, with the reason"));
    }
    if operation
        .parameters
        .as_ref()
        .is_some_and(|parameters| !parameters.is_empty())
    {
        common.push((
            "400",
            "The request can't be understood, such as `invalid_query` or `invalid_cursor`",
        ));
    }
    if operation.request_body.is_some() {
        common.extend([
            ("400", "`malformed_json`, `malformed_body`"),
            ("413", "`body_too_large`"),
            ("415", "`unsupported_media_type`: send JSON"),
            ("422", "`validation_failed`: see `details`"),
        ]);
    }
    if is_stream(operation) {
        // Browsers never come back after these: a stream that ends at once is answered instead.
        common.retain(|(status, _)| !["429", "503"].contains(status));
    }
    for (status, description) in common {
        let error = || {
            let content = Content::new(Some(Ref::from_schema_name("ErrorBody")));
            RefOr::T(
                ResponseBuilder::new()
                    .description(description)
                    .content("application/json", content)
                    .build(),
            )
        };
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(error);
    }
}

fn is_stream(operation: &Operation) -> bool {
    match operation.responses.responses.get("200") {
        Some(RefOr::T(response)) => response.content.contains_key("text/event-stream"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    /// Features don't know each other's types, but a presence is one schema to clients.
    #[test]
    fn a_presence_is_the_same_everywhere() {
        let of_scores = serde_json::to_value(scores::Presence::schema()).unwrap();
        let of_social = serde_json::to_value(social::PresenceView::schema()).unwrap();
        assert_eq!(of_scores, of_social);
    }
}
