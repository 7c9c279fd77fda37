//! Arguments to exit code, nothing else.

fn main() -> std::process::ExitCode {
    rbconsole::cli::main(std::env::args_os().collect())
}
