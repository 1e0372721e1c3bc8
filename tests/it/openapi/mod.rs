//! The document that describes the API: it is what it was, and every operation holds to the access that it declares.

mod access;
mod snapshot;
