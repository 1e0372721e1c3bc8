pub mod confirm_email;
pub mod end_session;
pub mod forgot_password;
pub mod list_sessions;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod register;
pub mod reset_password;
pub mod send_confirmation;
pub mod setup;

use garde::Validate;
use http_api::{ApiError, Quota, RateLimited};
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::Fields;
use crate::Error;
use crate::actions::register::Registration;
use crate::model::email::Email;
use crate::model::password::Password;
use crate::model::screen_name::ScreenName;

/// Who somebody says to be when they sign up.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationBody {
    #[schema(format = "email", max_length = 254, example = "ada@example.org")]
    email: String,
    #[schema(
        format = "password",
        min_length = 10,
        max_length = 128,
        example = "correct horse battery"
    )]
    password: String,
    /// What others see. Names need not be unique; the id tells users apart.
    #[schema(min_length = 1, max_length = 32, example = "Ada")]
    screen_name: String,
}

impl RegistrationBody {
    fn read(&self) -> Result<Registration, ApiError> {
        let mut fields = Fields::default();
        let email = fields.read("email", Email::parse(&self.email));
        let password = fields.read("password", Password::parse(&self.password));
        let screen_name = fields.read("screenName", ScreenName::new(&self.screen_name));
        match (email, password, screen_name) {
            (Some(email), Some(password), Some(screen_name)) => Ok(Registration {
                email,
                password,
                screen_name,
            }),
            _ => Err(fields.into_error()),
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(rename_all = "camelCase")]
pub struct RefreshTokenBody {
    #[schema(example = "grt_…")]
    refresh_token: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct MailedTokenBody {
    /// From the mailed link.
    #[schema(example = "gat_…")]
    token: String,
}

/// The limit answers as every other does, with the headers that say how long to wait.
fn too_often(error: Error) -> ApiError {
    match error {
        Error::TooManyAttempts { limit, wait } => RateLimited(Quota {
            limit,
            remaining: 0,
            reset: wait,
        })
        .into(),
        error => error.into(),
    }
}
