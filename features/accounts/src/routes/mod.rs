//! One verb a file: extract → action → view.

mod admin_users;
mod api_keys;
mod audit;
mod auth;
mod input;
mod links;
mod me;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;

pub fn public() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(auth::register::register))
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::setup::setup))
        .routes(routes!(auth::confirm_email::confirm_email))
        .routes(routes!(auth::send_confirmation::send_confirmation))
        .routes(routes!(auth::forgot_password::forgot_password))
        .routes(routes!(auth::reset_password::reset_password))
        .routes(routes!(auth::list_sessions::list_sessions))
        .routes(routes!(auth::end_session::end_session))
        .routes(routes!(
            me::get::get_me,
            me::update::update_me,
            me::delete::delete_me
        ))
        .routes(routes!(me::export::export_me))
        .routes(routes!(links::steam::link_steam))
        .routes(routes!(links::discord::link_discord))
        .routes(routes!(links::trackmania::link_trackmania))
        .routes(routes!(links::steam_begin::begin_steam_link))
        .routes(routes!(links::steam_end::end_steam_link))
        .routes(routes!(links::discord_begin::begin_discord_link))
        .routes(routes!(links::discord_end::end_discord_link))
        .routes(routes!(links::trackmania_begin::begin_trackmania_link))
        .routes(routes!(links::trackmania_end::end_trackmania_link))
        .routes(routes!(links::list::list_links))
        .routes(routes!(links::remove::remove_link))
        .merge(links::remove::below_the_providers())
}

pub fn admin() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(
            api_keys::create::create_api_key,
            api_keys::list::list_api_keys
        ))
        .routes(routes!(api_keys::revoke::revoke_api_key))
        .routes(routes!(admin_users::list::list_users))
        .routes(routes!(admin_users::change::change_user))
        .routes(routes!(audit::list::list_audit))
}
