//! What a transport of jobs has to keep, written against the crate's public API alone: whoever writes another one
//! runs the same tests over it.

mod ends;
mod fairness;
mod leases;
mod progress;
mod queueing;
mod world;
