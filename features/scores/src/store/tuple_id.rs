//! Where a row lies in its table: PostgreSQL's `ctid`, the number of the page and the place on it. It is good until the row is
//! written again; a statement that goes by it must check that it has found what it was looking for.
//! <https://www.postgresql.org/docs/15/ddl-system-columns.html>

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// Of PostgreSQL's types `tid` and `tid[]`.
const TID: Oid = Oid(27);
const TID_ARRAY: Oid = Oid(1010);

/// How long one is when sent.
const LENGTH: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TupleId {
    page: u32,
    /// From 1.
    place: u16,
}

/// Some of them, or where there is none: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TupleIds(pub Vec<Option<TupleId>>);

impl TupleId {
    /// As a number, which is never 0.
    pub fn number(self) -> u64 {
        u64::from(self.page) << 16 | u64::from(self.place)
    }

    /// What [`number`](Self::number) has made; of 0, none.
    pub fn from_number(number: u64) -> Option<Self> {
        let page = u32::try_from(number >> 16).ok()?;
        let place = (number & 0xFFFF) as u16;
        (place > 0).then_some(Self { page, place })
    }

    fn to_bytes(self) -> [u8; LENGTH] {
        let (page, place) = (self.page.to_be_bytes(), self.place.to_be_bytes());
        [page[0], page[1], page[2], page[3], place[0], place[1]]
    }

    fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        let [p0, p1, p2, p3, place @ ..] = bytes;
        Self {
            page: u32::from_be_bytes([p0, p1, p2, p3]),
            place: u16::from_be_bytes(place),
        }
    }
}

impl Type<Postgres> for TupleId {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TID)
    }

    fn compatible(given: &PgTypeInfo) -> bool {
        given.oid() == Some(TID)
    }
}

impl Decode<'_, Postgres> for TupleId {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let mut bytes = binary(&value)?;
        Ok(Self::from_bytes(take(&mut bytes)?))
    }
}

impl Type<Postgres> for TupleIds {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TID_ARRAY)
    }

    fn compatible(given: &PgTypeInfo) -> bool {
        given.oid() == Some(TID_ARRAY)
    }
}

/// As `array_send` and `array_recv` of PostgreSQL have it: dimensions, whether there are nulls, the type of the elements, and of
/// each dimension its length and first index; then each element behind its length, which is -1 for null.
impl Encode<'_, Postgres> for TupleIds {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let (dimensions, nulls) = (i32::from(!self.0.is_empty()), self.0.contains(&None));
        buffer.extend(dimensions.to_be_bytes());
        buffer.extend(i32::from(nulls).to_be_bytes());
        buffer.extend(TID.0.to_be_bytes());
        if dimensions > 0 {
            buffer.extend(i32::try_from(self.0.len())?.to_be_bytes());
            buffer.extend(1_i32.to_be_bytes());
        }
        for id in &self.0 {
            match id {
                Some(id) => {
                    buffer.extend((LENGTH as i32).to_be_bytes());
                    buffer.extend(id.to_bytes());
                }
                None => buffer.extend((-1_i32).to_be_bytes()),
            }
        }
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for TupleIds {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let mut bytes = binary(&value)?;
        let mut number = || take(&mut bytes).map(i32::from_be_bytes);
        let (dimensions, _nulls, _type) = (number()?, number()?, number()?);
        let mut count = 0;
        for _ in 0..dimensions {
            (count, _) = (number()?, number()?);
        }
        let ids = (0..count).map(|_| match i32::from_be_bytes(take(&mut bytes)?) {
            -1 => Ok(None),
            _ => Ok(Some(TupleId::from_bytes(take(&mut bytes)?))),
        });
        ids.collect::<Result<_, _>>().map(Self)
    }
}

fn binary<'a>(value: &PgValueRef<'a>) -> Result<&'a [u8], BoxDynError> {
    match value.format() {
        PgValueFormat::Binary => value.as_bytes(),
        PgValueFormat::Text => Err("a ctid is read in binary only".into()),
    }
}

/// The next bytes.
fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], BoxDynError> {
    let (taken, rest) = bytes.split_first_chunk().ok_or("a ctid is cut off")?;
    *bytes = rest;
    Ok(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_one_place() {
        for (page, place) in [(0, 1), (7, 226), (u32::MAX, u16::MAX)] {
            let id = TupleId { page, place };
            assert_eq!(TupleId::from_number(id.number()), Some(id));
            assert_eq!(TupleId::from_bytes(id.to_bytes()), id);
        }
        assert_eq!(TupleId::from_number(0), None);
    }
}
