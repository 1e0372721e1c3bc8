//! Shapes that several answers share.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::map::Medals;

/// The times that medals are given for, in milliseconds; null where there is no such medal.
#[derive(Serialize, ToSchema)]
pub(super) struct MedalsView {
    author: Option<i64>,
    gold: Option<i64>,
    silver: Option<i64>,
    bronze: Option<i64>,
}

impl From<Medals> for MedalsView {
    fn from(medals: Medals) -> Self {
        Self {
            author: medals.author,
            gold: medals.gold,
            silver: medals.silver,
            bronze: medals.bronze,
        }
    }
}
