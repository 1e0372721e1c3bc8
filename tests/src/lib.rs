//! Only `it/` holds anything.
