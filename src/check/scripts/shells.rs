//! Running a shell that parses and does nothing more.

use std::{
    fs::File,
    io::{self, Seek, Write},
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
};

use super::parse::Language;

/// Whether a shell can parse a text, and what it says.
pub fn run(language: Language, text: &str, extended: bool) -> io::Result<(bool, String)> {
    let mut command = program(language)?;
    match language {
        Language::Bash if extended => command.args(["-O", "extglob", "-n"]),
        Language::Bash | Language::Sh => command.arg("-n"),
        Language::Python => command.args([
            "-I",
            "-S",
            "-c",
            "import sys; compile(sys.stdin.buffer.read(), 'script', 'exec', dont_inherit=True)",
        ]),
    };
    // No start-up file, no exported function, messages in English.
    command.env_clear().env("LC_ALL", "C.UTF-8");
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let output = match memory(text) {
        Some(file) => command.stdin(file).output()?,
        None => piped(&mut command, text)?,
    };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output.status.success(), errors))
}

/// The text as a file that no folder holds: of a pipe a shell reads every byte by itself.
#[cfg(target_os = "linux")]
fn memory(text: &str) -> Option<File> {
    let held = rustix::fs::memfd_create("script", rustix::fs::MemfdFlags::CLOEXEC).ok()?;
    let mut file = File::from(held);
    file.write_all(text.as_bytes()).ok()?;
    file.rewind().ok()?;
    Some(file)
}

#[cfg(not(target_os = "linux"))]
fn memory(_: &str) -> Option<File> {
    None
}

fn piped(command: &mut Command, text: &str) -> io::Result<std::process::Output> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    // A shell that has seen enough closes its end; what it said counts. It says
    // little before it has read all, so that neither side waits for the other.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(text.as_bytes());
    }
    child.wait_with_output()
}

/// By its whole path: a name would be looked for in a copy of this process, and
/// to copy it takes longer than to parse a script.
#[expect(
    clippy::disallowed_methods,
    reason = "the executor runs commands of a run; this parses, and executes nothing"
)]
fn program(language: Language) -> io::Result<Command> {
    static PATHS: LazyLock<[Option<PathBuf>; 3]> =
        LazyLock::new(|| [Language::Bash, Language::Sh, Language::Python].map(find));
    let path = match language {
        Language::Bash => &PATHS[0],
        Language::Sh => &PATHS[1],
        Language::Python => &PATHS[2],
    };
    path.as_ref()
        .map(Command::new)
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn find(language: Language) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(language.program()))
        .find(|path| path.is_absolute() && path.is_file())
}
