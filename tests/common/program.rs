//! The program as a process: started in a home of its own, and what it said.

use std::process::Output;

use crate::sandbox::Sandbox;

/// Runs the program to its end.
pub fn run(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox
        .command(Sandbox::program())
        .args(arguments)
        .output()
        .expect("the program can be started")
}

/// What it printed.
pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it complained about.
pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The exit code, with everything that was said if it is another one.
pub fn exits(output: &Output, wanted: i32) {
    assert_eq!(
        output.status.code(),
        Some(wanted),
        "out:\n{}\nerr:\n{}",
        out(output),
        err(output)
    );
}
