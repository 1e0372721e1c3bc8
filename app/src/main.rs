//! The binary `grandstand`. Everything is in the library; here are only the runtime and the exit code.

use std::process::ExitCode;

use clap::Parser;
use grandstand::cli::{Cli, run};

/// A fifth of a request's time goes into allocating; this allocator takes half as long as the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Whoever shares the processor may be about to send more: that is taken together then, without being woken for each.
        .on_thread_park(std::thread::yield_now)
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!(
                "grandstand: The machine gave no threads to run on: {error}. Look at the limits on processes and memory."
            );
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(run(cli));
    // What is still running by now was given its time; a blocked thread must not keep us from ending.
    runtime.shutdown_background();
    code
}
