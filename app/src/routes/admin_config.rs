//! What the routes of settings have in common.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header;
use kernel::{Moment, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::config::{Origin, RunTime};
use crate::settings::{InForce, as_json};

/// Where a value comes from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SettingSource {
    Default,
    /// The environment, a file, or the command line of the server that answers.
    Environment,
    /// Set by an admin, for all servers.
    Database,
}

/// A setting that may change while the server runs.
#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingView {
    #[schema(example = "RATE_LIMIT_PER_IP")]
    name: &'static str,
    /// A text, a number, or a truth.
    #[schema(value_type = Value, example = 100)]
    value: Value,
    /// What holds where nobody says otherwise.
    #[schema(value_type = Value, example = 100)]
    default: Value,
    source: SettingSource,
    description: &'static str,
    /// When an admin set it; null for what the configuration says.
    changed_at: Option<Moment>,
    /// Who did; null also where that account was deleted.
    changed_by: Option<UserId>,
    /// As they are called now.
    changed_by_name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SettingList {
    settings: Vec<SettingView>,
}

impl SettingList {
    pub(super) fn new(present: Vec<InForce>) -> Self {
        let known = RunTime::known();
        let view = |setting: InForce| {
            let known = known.iter().find(|known| known.name == setting.name);
            let changed_at = setting.stored.as_ref().map(|it| Moment(it.changed_at));
            let changed_by = setting.stored.and_then(|it| it.changed_by);
            let (changed_by, changed_by_name) = changed_by.unzip();
            SettingView {
                name: setting.name,
                value: setting.value,
                default: as_json(known.and_then(|known| known.default.as_deref())),
                source: match setting.origin {
                    Origin::Database => SettingSource::Database,
                    Origin::Default | Origin::Unset => SettingSource::Default,
                    _ => SettingSource::Environment,
                },
                description: known.map_or("", |known| known.description),
                changed_at,
                changed_by,
                changed_by_name,
            }
        };
        Self {
            settings: present.into_iter().map(view).collect(),
        }
    }
}

impl IntoResponse for SettingList {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}
