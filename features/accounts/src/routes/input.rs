//! What requests have in common: where a list goes on, and how fields become values of the model.

use http_api::ApiError;
use kernel::{FieldError, PageLimit};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::model::Broken;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// How many entries to answer with.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 100, default = 20)]
    pub limit: PageLimit,
    /// The `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// Collects what is wrong with the fields of a request, so that all of it is said at once.
#[derive(Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes what is wrong with a field, if anything.
    pub fn read<T>(&mut self, field: &'static str, value: Result<T, Broken>) -> Option<T> {
        value
            .map_err(|Broken(rule)| self.0.push(FieldError::new(field, rule)))
            .ok()
    }

    pub fn read_optional<T>(
        &mut self,
        field: &'static str,
        value: Option<Result<T, Broken>>,
    ) -> Option<T> {
        value.and_then(|value| self.read(field, value))
    }

    /// # Errors
    /// All that was noted.
    pub fn check(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into_error())
        }
    }

    pub fn into_error(self) -> ApiError {
        ApiError::invalid(self.0)
    }
}
