//! The program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    symbolon::cli::run().await
}
