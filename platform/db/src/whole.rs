use std::panic::resume_unwind;

/// Runs work to its end, even if whoever asked for it hangs up: a request's future is dropped with its connection.
/// For a COMMIT that something in memory must follow.
///
/// # Panics
/// If the work does.
pub async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime is being shut down, and we with it.
        Err(_) => std::future::pending().await,
    }
}
