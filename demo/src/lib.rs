//! Made-up worlds: simulated players, and stand-ins of outside APIs that keep to their contracts.
