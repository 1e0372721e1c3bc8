use std::sync::Arc;
use std::time::Duration;

use kernel::{CursorError, ErrorKind, Failure};

use crate::model::{Broken, TokenError};

/// What can go wrong here. Each sentence is for the person at the other end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Sign in first: send an access token in the header Authorization: Bearer.")]
    Unauthenticated,
    #[error("The account of this access token no longer exists. Sign up again to play on.")]
    AccountGone,
    #[error("This access token is not valid. Sign in again.")]
    InvalidToken,
    #[error(
        "This access token has expired. Get a new one with the refresh token, or sign in again."
    )]
    TokenExpired,
    #[error("This device was signed out. Sign in again.")]
    SessionEnded,
    #[error(
        "This ticket is not valid: it was used, or has expired. Ask for a new one: POST /api/v1/events/ticket."
    )]
    InvalidTicket,
    #[error(
        "Who signed this access token can't be asked for their keys right now. Try again in a moment."
    )]
    IssuerUnavailable,
    #[error("Only an admin may do this.")]
    AdminOnly,
    #[error(
        "An admin has banned this account: \"{0}\" Write to whoever runs this server if that is wrong."
    )]
    Banned(Arc<str>),
    #[error("There is no such user.")]
    UserNotFound,
    #[error("Nobody else could administer this server then. Make somebody else an admin first.")]
    LastAdmin,
    #[error("Nobody has signed up as this player, so nobody could act as the admin.")]
    Unclaimed,
    #[error("Send a valid API key in the header X-Api-Key. An admin can make one.")]
    InvalidApiKey,
    #[error("The e-mail or the password is wrong.")]
    InvalidCredentials,
    #[error("Too many attempts to sign in. Wait a while before the next.")]
    TooManyAttempts { limit: u32, wait: Duration },
    #[error("Too many people are signing in at this moment. Try again in a few seconds.")]
    Busy,
    #[error("There is an account with this e-mail already. Sign in instead.")]
    EmailTaken,
    #[error("This refresh token is not valid, or its session has ended. Sign in again.")]
    InvalidRefreshToken,
    #[error("This device has not been used for too long. Sign in again.")]
    RefreshTokenExpired,
    #[error(
        "This refresh token has been used before, so the session was ended for safety. Sign in again."
    )]
    RefreshTokenReused,
    #[error("This link is not valid: it works once, and for a while. Ask for another.")]
    InvalidMailedLink,
    #[error("There is no such session among yours.")]
    SessionNotFound,
    #[error("Another user has proven that this account is theirs.")]
    IdentityTaken,
    #[error("No account of this kind is linked.")]
    NotLinked,
    #[error(
        "This was not begun in this browser, was ended before, or took longer than ten minutes. Begin again."
    )]
    LinkStateInvalid,
    #[error("The user turned back, so nothing was linked.")]
    LinkCancelled,
    #[error(
        "What came back doesn't prove whose account it is, so nothing was linked. Begin again."
    )]
    LinkNotProven,
    #[error(
        "The other side can't be asked right now whose account it is. Begin again in a few minutes."
    )]
    LinkProviderUnavailable { wait: Duration },
    #[error(
        "This server can't ask there whose account it is: whoever runs it has not set that up."
    )]
    LinkNotConfigured,
    #[error(
        "Nobody in Trackmania is called so. Write the name as the game shows it beside your records, without formatting codes."
    )]
    TrackmaniaNameUnknown,
    #[error("Begin on this server's own pages: another page or program must not begin for you.")]
    LinkFromElsewhere,
    #[error("There is no such API key.")]
    ApiKeyNotFound,
    #[error("This server has an admin already. Sign in instead.")]
    AlreadySetUp,
    #[error(
        "This set-up link is not valid. Start the server again to get a new one in its output."
    )]
    InvalidSetupToken,
    #[error("The {0} {1}.")]
    Setting(&'static str, #[source] Broken),
    #[error(transparent)]
    Cursor(#[from] CursorError),
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error("The server made a mistake. It has been logged.")]
    Hashing(#[source] argon2::password_hash::Error),
}

impl Failure for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unauthenticated
            | Self::AccountGone
            | Self::InvalidToken
            | Self::TokenExpired
            | Self::SessionEnded
            | Self::InvalidTicket
            | Self::InvalidApiKey
            | Self::InvalidCredentials
            | Self::InvalidRefreshToken
            | Self::RefreshTokenExpired
            | Self::RefreshTokenReused => ErrorKind::Unauthenticated,
            Self::AdminOnly
            | Self::Banned(_)
            | Self::InvalidSetupToken
            | Self::InvalidMailedLink
            | Self::LinkFromElsewhere => ErrorKind::Forbidden,
            Self::LinkStateInvalid | Self::LinkNotProven => ErrorKind::Malformed,
            Self::SessionNotFound
            | Self::NotLinked
            | Self::TrackmaniaNameUnknown
            | Self::ApiKeyNotFound
            | Self::UserNotFound => ErrorKind::NotFound,
            Self::EmailTaken
            | Self::IdentityTaken
            | Self::LinkCancelled
            | Self::LinkNotConfigured
            | Self::AlreadySetUp
            | Self::LastAdmin
            | Self::Unclaimed => ErrorKind::Conflict,
            Self::TooManyAttempts { .. } => ErrorKind::RateLimited,
            Self::IssuerUnavailable | Self::Busy | Self::LinkProviderUnavailable { .. } => {
                ErrorKind::Unavailable
            }
            Self::Setting(..) => ErrorKind::Invalid,
            Self::Cursor(error) => error.kind(),
            Self::Database(error) => error.kind(),
            Self::Hashing(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated | Self::AccountGone => "unauthenticated",
            Self::InvalidToken => "invalid_token",
            Self::TokenExpired => "token_expired",
            Self::SessionEnded => "session_ended",
            Self::InvalidTicket => "invalid_ticket",
            Self::IssuerUnavailable => "issuer_unavailable",
            Self::AdminOnly => "admin_only",
            Self::Banned(_) => "account_banned",
            Self::UserNotFound => "user_not_found",
            Self::LastAdmin => "last_admin",
            Self::Unclaimed => "user_unclaimed",
            Self::InvalidApiKey => "invalid_api_key",
            Self::InvalidCredentials => "invalid_credentials",
            Self::TooManyAttempts { .. } => "rate_limited",
            Self::Busy => "busy",
            Self::EmailTaken => "email_taken",
            Self::InvalidRefreshToken => "invalid_refresh_token",
            Self::RefreshTokenExpired => "refresh_token_expired",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::InvalidMailedLink => "invalid_mailed_link",
            Self::SessionNotFound => "session_not_found",
            Self::IdentityTaken => "identity_taken",
            Self::NotLinked => "not_linked",
            Self::LinkStateInvalid => "link_state_invalid",
            Self::LinkCancelled => "link_cancelled",
            Self::LinkNotProven => "link_not_proven",
            Self::LinkProviderUnavailable { .. } => "link_provider_unavailable",
            Self::LinkNotConfigured => "link_not_configured",
            Self::TrackmaniaNameUnknown => "trackmania_name_unknown",
            Self::LinkFromElsewhere => "link_from_elsewhere",
            Self::ApiKeyNotFound => "api_key_not_found",
            Self::AlreadySetUp => "already_set_up",
            Self::InvalidSetupToken => "invalid_setup_token",
            Self::Setting(..) => "validation_failed",
            Self::Cursor(error) => error.code(),
            Self::Database(error) => error.code(),
            Self::Hashing(_) => "internal_error",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { wait, .. } | Self::LinkProviderUnavailable { wait } => {
                Some(*wait)
            }
            Self::Busy => Some(Duration::from_secs(2)),
            Self::IssuerUnavailable => Some(Duration::from_secs(10)),
            Self::Database(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Self::InvalidToken,
            TokenError::Expired => Self::TokenExpired,
        }
    }
}
