//! Process edge: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    loadpath::cli::run(std::env::args_os())
}
