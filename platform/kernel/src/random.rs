//! Randomness for secrets, from the operating system by way of aws-lc.

/// # Panics
/// Where the operating system has no randomness to give: there, nothing secret can be made.
#[expect(
    clippy::expect_used,
    reason = "a server without randomness must not go on"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}
