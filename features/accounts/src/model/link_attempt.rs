//! A proof under way, of an account elsewhere. Two random texts, of which only the SHA-256 is kept: the *state* goes to the
//! other side and comes back in the address, where logs and histories may see it; the *browser's secret* stays in the
//! browser that began, in a cookie. Only both together end what was begun.

use std::time::Duration;

use kernel::Secret;

use super::opaque;

/// How long somebody may take at the other side.
pub const GOOD_FOR: Duration = Duration::from_secs(10 * 60);

const STATE: &str = "lst_";
const BROWSER: &str = "lbr_";

pub use opaque::Hash;

pub fn new_state() -> (Secret, Hash) {
    opaque::generate(STATE)
}

pub fn new_browser() -> (Secret, Hash) {
    opaque::generate(BROWSER)
}

/// What a state is looked up by, if it has the shape of one.
pub fn read_state(text: &str) -> Option<Hash> {
    opaque::read(STATE, text)
}

/// What a browser's secret is compared by, if it has the shape of one.
pub fn read_browser(text: &str) -> Option<Hash> {
    opaque::read(BROWSER, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_never_taken_for_the_other() {
        let (state, kept) = new_state();
        let (browser, known) = new_browser();
        assert_eq!(read_state(state.expose()), Some(kept));
        assert_eq!(read_browser(browser.expose()), Some(known));
        assert_eq!(read_state(browser.expose()), None);
        assert_eq!(read_browser(state.expose()), None);
        assert_ne!(new_state().1, kept);
        assert_ne!(new_browser().1, known);
    }
}
