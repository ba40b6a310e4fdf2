//! StudyDrop's one binary: reads the command line; opens the window, or runs one command without a window.

use std::process::ExitCode;

use clap::Parser;
use studydrop::cli::{self, Cli};

fn main() -> ExitCode {
    studydrop::cloud::install_crypto();
    let cli = Cli::parse();
    match cli.command {
        Some(command) => cli::run(command, cli.practice, cli.json),
        None => cli::open_window(cli.practice, cli.theme),
    }
}
