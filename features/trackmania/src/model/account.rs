use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who somebody is in Trackmania: a UUID, which Nadeo writes in lower case and Trackmania Exchange in upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(Uuid);

impl AccountId {
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for AccountId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl FromStr for AccountId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_and_lower_case_are_one_account() {
        let lower: AccountId = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0".parse().unwrap();
        let upper: AccountId = "0F1E2D3C-4B5A-4978-8796-A5B4C3D2E1F0".parse().unwrap();
        assert_eq!(lower, upper);
        assert_eq!(upper.to_string(), "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0");
        assert!("somebody".parse::<AccountId>().is_err());
    }
}
