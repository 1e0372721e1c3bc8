//! What a transport of jobs has to keep, written against the crate's public API alone. TEST_JOB_TRANSPORT=sqs runs the
//! same tests over SQS; `sqs` holds what only messages can do. Beside that, jobs as the server shows them over HTTP and
//! on the command line.

mod admin;
mod ends;
mod fairness;
mod leases;
mod own;
mod progress;
mod queueing;
mod roles;
mod schedules;
mod sqs;
mod sqs_server;
mod world;
