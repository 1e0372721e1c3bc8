//! Floor 1: calls to the outside: one HTTP client with time-outs, size caps and no surprises.
