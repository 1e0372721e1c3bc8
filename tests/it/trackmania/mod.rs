//! Trackmania: maps, who is best on them, and what is new there.

mod alerts;
mod driver_run;
mod driver_run_faults;
mod driver_run_races;
mod drivers;
mod mapper_run;
mod mapper_run_crashes;
mod mapper_run_faults;
mod maps;
mod records;
mod search;
mod tokens;
mod world;
