//! StudyDrop's one binary: reads the command line; opens the window, or runs one command without a window.

use std::process::ExitCode;

use studydrop::cli;

fn main() -> ExitCode {
    studydrop::cloud::install_crypto();
    let cli = match cli::parsed() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    match cli.command {
        Some(command) => cli::run(command, cli.practice, cli.json),
        None => cli::open_window(cli.practice, cli.theme),
    }
}
