//! The program.

use std::process::ExitCode;

// A check makes some hundred small allocations; the allocator of glibc took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    symbolon::cli::run().await
}
