/// Repeats a statement that takes at most so many rows until it takes fewer, so that none of them holds anybody up for
/// long. Gives how many it took in all.
///
/// # Errors
/// With the first statement that fails; what was taken before stays taken.
pub async fn in_batches<Taking, E>(
    at_most: i64,
    mut take: impl FnMut(i64) -> Taking,
) -> Result<u64, E>
where
    Taking: Future<Output = Result<u64, E>>,
{
    let mut all = 0;
    loop {
        let some = take(at_most).await?;
        all += some;
        if some < at_most.unsigned_abs() {
            return Ok(all);
        }
    }
}
