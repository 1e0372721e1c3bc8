//! Followers, presence and players' pages, in the default store, or in the one that TEST_SOCIAL_STORE names.

mod blocks;
mod company;
mod deletion;
mod following;
mod notices;
mod presence;
mod profiles;
mod rivals;
mod search;
mod stores;
mod watching;
