//! Followers, presence and players' pages, in the default store.

mod blocks;
mod company;
mod deletion;
mod following;
mod notices;
mod presence;
mod profiles;
mod search;
mod stores;
mod watching;
