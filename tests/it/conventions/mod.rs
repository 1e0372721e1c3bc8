//! What all routes have in common.

mod cross_origin;
mod errors;
mod health;
mod lists;
mod request_ids;
mod slow_clients;
