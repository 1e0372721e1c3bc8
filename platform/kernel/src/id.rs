use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};
use uuid::Uuid;

/// What an [`Id`] belongs to: its prefix in the API.
pub trait Kind: Copy + Eq + Hash + Ord + Send + Sync + 'static {
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal;)*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $kind;
        impl Kind for $kind { const PREFIX: &'static str = $prefix; }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// A user: `usr_…`.
    User UserId "usr";
    /// A signed-in device: `ses_…`.
    Session SessionId "ses";
    /// A game service's key: `key_…`.
    ApiKey ApiKeyId "key";
    /// A piece of work for later: `job_…`.
    Job JobId "job";
    /// A mapper, or a map, whose new records a user is told of: `alr_…`.
    Alert AlertId "alr";
    /// Something that a user was told: `ntf_…`.
    Notification NotificationId "ntf";
    /// A coach's review of a match: `rev_…`.
    Review ReviewId "rev";
    /// The wish for a review, and what became of it: `tsk_…`.
    ReviewTask ReviewTaskId "tsk";
    /// The wish to hear what becomes of a place among the best of a map: `drv_…`.
    DriverNotification DriverNotificationId "drv";
    /// What somebody told us: `fbk_…`.
    Feedback FeedbackId "fbk";
    /// One request, in logs and errors: `req_…`.
    Request RequestId "req";
}

/// An id of one of our own things: a UUIDv7 inside and in PostgreSQL, a TypeID
/// (<https://github.com/jetify-com/typeid>: prefix, `_`, 26 characters of Crockford base32) outside.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id<K>(Uuid, PhantomData<K>);

/// Lower-case Crockford base32, as the TypeID specification has it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What each byte stands for. Ids are read several times a request; searching the alphabet takes ten times as long.
const DIGITS: [u8; 256] = digits();
const NO_DIGIT: u8 = u8::MAX;

const fn digits() -> [u8; 256] {
    let mut digits = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        digits[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
}
const SUFFIX_LENGTH: usize = 26;
/// Every prefix of ours has three letters, and an underscore.
const MAX_LENGTH: usize = 4 + SUFFIX_LENGTH;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct IdError;

impl<K: Kind> Id<K> {
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// None that is made at that moment, or later, is less.
    pub fn first_at(at: Timestamp) -> Self {
        let milliseconds = u128::try_from(at.as_millisecond()).unwrap_or(0);
        Self::new(Uuid::from_u128(milliseconds << 80))
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Writes the TypeID to the end of `out`, for hot paths that build JSON by hand.
    pub fn write_to(self, out: &mut Vec<u8>) {
        let mut buffer = [0; MAX_LENGTH];
        out.extend_from_slice(self.encode(&mut buffer).as_bytes());
    }

    fn encode(self, buffer: &mut [u8; MAX_LENGTH]) -> &str {
        let prefix = K::PREFIX.as_bytes();
        buffer[..prefix.len()].copy_from_slice(prefix);
        buffer[prefix.len()] = b'_';
        let mut value = self.0.as_u128();
        let start = prefix.len() + 1;
        for place in (start..start + SUFFIX_LENGTH).rev() {
            buffer[place] = ALPHABET[(value & 31) as usize];
            value >>= 5;
        }
        str::from_utf8(&buffer[..start + SUFFIX_LENGTH]).unwrap_or_default()
    }
}

impl<K: Kind> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self::new(uuid)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let suffix = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError)?
            .as_bytes();
        // 26 characters hold 130 bits: the first may only use its lower three.
        if suffix.len() != SUFFIX_LENGTH || suffix[0] > b'7' {
            return Err(IdError);
        }
        let mut value: u128 = 0;
        for byte in suffix {
            let digit = DIGITS[usize::from(*byte)];
            if digit == NO_DIGIT {
                return Err(IdError);
            }
            value = (value << 5) | u128::from(digit);
        }
        Ok(Self::new(Uuid::from_u128(value)))
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.encode(&mut [0; MAX_LENGTH]))
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.encode(&mut [0; MAX_LENGTH]))
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| de::Error::custom(format_args!("expected an id like {}_…", K::PREFIX)))
    }
}

impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Regex)))
            .pattern(Some(format!(
                "^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
                K::PREFIX
            )))
            .build()
            .into()
    }
}

impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!(
            "{}Id",
            std::any::type_name::<K>()
                .rsplit("::")
                .next()
                .unwrap_or("Typed")
        )
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_the_specification_does() {
        // From the valid.json of the TypeID specification, with a prefix of ours.
        let id = UserId::new("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
        assert_eq!("usr_01h455vb4pex5vsknk084sn02q".parse(), Ok(id));
    }

    #[test]
    fn holds_the_smallest_and_the_largest() {
        for uuid in [Uuid::nil(), Uuid::max()] {
            let id = UserId::new(uuid);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn refuses_what_is_not_an_id() {
        for text in [
            "",
            "usr_",
            "01h455vb4pex5vsknk084sn02q",
            "ses_01h455vb4pex5vsknk084sn02q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn02qq",
            "usr_u1h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn0é",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(IdError), "{text}");
        }
    }
}
