//! Why what came back proves nothing. The reason is for the log: whoever sees the answer is told only that it failed,
//! since the details would help whoever forges one.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    QueryTooLong,
    ParameterRepeated,
    /// Control characters, or what isn't UTF-8.
    OddCharacters,
    UnknownParameter,
    MissingParameter,
    Namespace,
    Mode,
    Endpoint,
    ReturnTo,
    ClaimedId,
    IdentityDiffers,
    Unsigned,
    Nonce,
    NonceTime,
    NonceSeen,
    /// The other side says that it said no such thing, or has said it before.
    Denied,
    /// An error that the other side sent the browser back with.
    OtherSide,
    Scope,
}

impl Refusal {
    pub fn reason(self) -> &'static str {
        match self {
            Self::QueryTooLong => "query_too_long",
            Self::ParameterRepeated => "parameter_repeated",
            Self::OddCharacters => "odd_characters",
            Self::UnknownParameter => "unknown_parameter",
            Self::MissingParameter => "missing_parameter",
            Self::Namespace => "namespace",
            Self::Mode => "mode",
            Self::Endpoint => "endpoint",
            Self::ReturnTo => "return_to",
            Self::ClaimedId => "claimed_id",
            Self::IdentityDiffers => "identity_differs",
            Self::Unsigned => "unsigned",
            Self::Nonce => "nonce",
            Self::NonceTime => "nonce_time",
            Self::NonceSeen => "nonce_seen",
            Self::Denied => "denied",
            Self::OtherSide => "other_side",
            Self::Scope => "scope",
        }
    }
}
