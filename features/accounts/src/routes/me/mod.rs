pub mod delete;
pub mod export;
pub mod get;
pub mod update;
