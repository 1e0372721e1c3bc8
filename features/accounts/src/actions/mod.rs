//! What can be done, one use case a file: transaction → store → commit → tell others.

pub mod account_mail;
pub mod api_keys;
pub mod authenticate;
pub mod code_flow;
pub mod delete_account;
pub mod event_tickets;
pub mod export;
pub mod first_admin;
pub mod import;
pub mod link_attempts;
pub mod link_discord;
pub mod link_steam;
pub mod link_trackmania;
pub mod links;
pub mod login;
pub mod manage_users;
pub mod profile;
pub mod prove_link;
pub mod purge;
pub mod read_audit;
pub mod refresh;
pub mod register;
pub mod seen;
pub mod sessions;
pub mod sign_in_elsewhere;
