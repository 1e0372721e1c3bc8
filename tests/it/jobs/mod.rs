//! What a transport of jobs has to keep, written against the crate's public API alone: whoever writes another one
//! runs the same tests over it. Beside that, jobs as the server shows them over HTTP and on the command line.

mod admin;
mod ends;
mod fairness;
mod leases;
mod own;
mod progress;
mod queueing;
mod roles;
mod schedules;
mod world;
