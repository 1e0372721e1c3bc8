//! Whose maps, or which map, somebody means.

use kernel::FieldError;

use super::{mapper, records};
use crate::model::exchange::Person;
use crate::model::map::Map;
use crate::{Error, Trackmania};

/// As it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    MapperNamed(String),
    Mapper(i64),
    Map(String),
}

/// Who or what it is.
#[derive(Clone, Debug)]
pub enum Wished {
    Mapper(Person),
    Map(Map),
}

impl Wish {
    /// Exactly one of the three has to be said.
    pub fn said(
        mapper: Option<String>,
        mapper_id: Option<i64>,
        map_uid: Option<String>,
    ) -> Result<Self, Error> {
        let why = match (mapper, mapper_id, map_uid) {
            (Some(name), None, None) => match name.trim() {
                "" => "must not be blank",
                name => return Ok(Self::MapperNamed(name.to_owned())),
            },
            (None, Some(id), None) => return Ok(Self::Mapper(id)),
            (None, None, Some(uid)) => return Ok(Self::Map(uid)),
            _ => "say one of mapper, mapperId and mapUid",
        };
        Err(Error::Invalid(vec![FieldError::new("mapper", why)]))
    }

    /// Who is meant is found out at once: whoever waits can say whom they mean.
    pub async fn resolve(self, trackmania: &Trackmania) -> Result<Wished, Error> {
        trackmania.nadeo.check_configured()?;
        Ok(match self {
            Self::MapperNamed(name) => Wished::Mapper(mapper::named(trackmania, &name).await?),
            Self::Mapper(id) => Wished::Mapper(mapper::with_id(trackmania, id).await?),
            Self::Map(uid) => Wished::Map(records::map(trackmania, &uid).await?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_three_is_said() {
        let name = |name: &str| Some(name.to_owned());
        let said = |mapper, id, uid| Wish::said(mapper, id, uid).ok();
        assert_eq!(
            said(name(" Ada "), None, None),
            Some(Wish::MapperNamed("Ada".to_owned()))
        );
        assert_eq!(said(None, Some(7), None), Some(Wish::Mapper(7)));
        assert_eq!(
            said(None, None, name("Hill")),
            Some(Wish::Map("Hill".to_owned()))
        );
        for (mapper, id, uid) in [
            (None, None, None),
            (name("  "), None, None),
            (name("Ada"), Some(7), None),
            (None, Some(7), name("Hill")),
        ] {
            assert_eq!(said(mapper, id, uid), None);
        }
    }
}
