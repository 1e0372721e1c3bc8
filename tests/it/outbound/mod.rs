//! What all servers together ask of an outside service.

mod shared;
