//! The keys of game services. A key is looked up when it is seen first and every [`FRESH`] after, so that a revoked one
//! is worth nothing soon, on every server.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use kernel::{ApiKeyId, Cursor, Page, PageLimit, Secret, Tag, UserId};
use moka::sync::Cache;
use serde_json::json;
use uuid::Uuid;

use crate::model::api_key::{self, KeyHash};
use crate::shared::Shared;
use crate::store::api_keys::{self, ApiKey};
use crate::{Error, GameService, audit};

const HEADER: &str = "x-api-key";
const FRESH: Duration = Duration::from_secs(30);
/// An entry outlives its freshness, so that a service in use is never taken for a stranger while its key is looked up
/// again.
const KEPT: Duration = Duration::from_secs(600);
const MAX_KEYS: u64 = 10_000;

/// What was lately found out about keys, good and bad.
pub struct KnownKeys(Cache<KeyHash, Known>);

#[derive(Clone)]
struct Known {
    service: Option<GameService>,
    looked_up_at: Timestamp,
}

impl KnownKeys {
    pub fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_KEYS)
                .time_to_live(KEPT)
                .build(),
        )
    }

    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        key_of(headers).is_some_and(|hash| {
            self.0
                .get(&hash)
                .is_some_and(|known| known.service.is_some())
        })
    }
}

/// Exactly one header, with the shape of a key.
fn key_of(headers: &HeaderMap) -> Option<KeyHash> {
    let mut values = headers.get_all(HEADER).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    api_key::read(value.to_str().ok()?)
}

/// The service behind a request.
pub async fn authenticate(shared: &Shared, headers: &HeaderMap) -> Result<GameService, Error> {
    let hash = key_of(headers).ok_or(Error::InvalidApiKey)?;
    let now = shared.clock.now();
    let known = match shared.api_keys.0.get(&hash) {
        Some(known) if now.duration_since(known.looked_up_at).unsigned_abs() < FRESH => known,
        _ => {
            let service = look_up(shared, &hash).await?;
            let known = Known {
                service,
                looked_up_at: now,
            };
            shared.api_keys.0.insert(hash, known.clone());
            known
        }
    };
    known.service.ok_or(Error::InvalidApiKey)
}

async fn look_up(shared: &Shared, hash: &KeyHash) -> Result<Option<GameService>, Error> {
    let found = api_keys::by_hash(shared.db.pool(), hash).await?;
    Ok(found.map(|(id, games)| GameService {
        id,
        // Only tags are ever stored; whatever else stood there would be no game that anyone could name.
        games: games.map(|games| {
            games
                .iter()
                .filter_map(|game| Tag::new(game).ok())
                .collect::<Arc<[Tag]>>()
        }),
    }))
}

/// A key that was just made. It can't be shown again.
pub struct Created {
    pub id: ApiKeyId,
    pub key: Secret,
}

pub async fn create(
    shared: &Shared,
    admin: UserId,
    name: &str,
    games: Option<&[Tag]>,
) -> Result<Created, Error> {
    let now = shared.clock.now();
    let id = ApiKeyId::new(shared.clock.new_uuid());
    let (key, hash) = api_key::generate();
    let mut tx = shared.db.begin().await?;
    api_keys::insert(&mut *tx, id, &hash, name, games, admin, now).await?;
    let data = json!({ "name": name, "gameIds": games });
    audit::record(
        &mut tx,
        now,
        Some(admin),
        "api_key.created",
        &id.to_string(),
        data,
    )
    .await?;
    tx.commit().await?;
    // It may have been tried, and found unknown, while it was being made.
    shared.api_keys.0.invalidate(&hash);
    Ok(Created { id, key })
}

const LIST: &str = "api-keys";

pub async fn list(
    shared: &Shared,
    limit: PageLimit,
    cursor: Option<&str>,
) -> Result<Page<ApiKey>, Error> {
    let after = cursor
        .map(|cursor| Cursor::read::<Uuid>(cursor, LIST))
        .transpose()?;
    let keys = api_keys::list(shared.db.pool(), after, limit.get() as i64 + 1).await?;
    Ok(Page::from_overfetched(keys, limit, |last| {
        Cursor::new(LIST, &last.id.uuid())
    }))
}

/// At once on this server, within [`FRESH`] on others.
pub async fn revoke(shared: &Shared, admin: UserId, id: ApiKeyId) -> Result<(), Error> {
    let now = shared.clock.now();
    let mut tx = shared.db.begin().await?;
    let hash = api_keys::revoke(&mut *tx, id, now)
        .await?
        .ok_or(Error::ApiKeyNotFound)?;
    audit::record(
        &mut tx,
        now,
        Some(admin),
        "api_key.revoked",
        &id.to_string(),
        json!({}),
    )
    .await?;
    tx.commit().await?;
    if let Ok(hash) = KeyHash::try_from(hash) {
        shared.api_keys.0.invalidate(&hash);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_header_is_read() {
        let (key, hash) = api_key::generate();
        let mut headers = HeaderMap::new();
        assert_eq!(key_of(&headers), None);
        headers.append(HEADER, key.expose().parse().unwrap());
        assert_eq!(key_of(&headers), Some(hash));
        headers.append(HEADER, key.expose().parse().unwrap());
        assert_eq!(key_of(&headers), None);
    }
}
