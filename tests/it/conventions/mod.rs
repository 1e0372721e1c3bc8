//! What all routes have in common.

mod cross_origin;
mod errors;
mod health;
mod lists;
mod odd_requests;
mod request_ids;
mod slow_clients;
