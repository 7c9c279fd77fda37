//! A second real user of this machine.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use crate::sandbox::Sandbox;

/// A user that every machine has, and the group that the runbook asks.
const NOBODY: &str = "65534";

/// Whether this test can be another user; the reason is printed if not.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts a program as another user"
)]
pub fn can_switch() -> bool {
    let can = Command::new("setpriv")
        .args([
            "--reuid",
            NOBODY,
            "--regid",
            NOBODY,
            "--clear-groups",
            "true",
        ])
        .status()
        .is_ok_and(|status| status.success());
    // Who came by a login stays the same person in any account: that is refused.
    let login = fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    let by_login = !matches!(login.trim(), "" | "4294967295");
    if !can || by_login {
        // Past the capture of test output: what is skipped is counted by who runs all tests.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED approvals: only root without a login can be a second person (setpriv --reuid, loginuid)"
        );
    }
    can && !by_login
}

/// The program as the second user, from a place that they can read.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of the whole house starts the program as another user"
)]
pub fn as_nobody(arguments: &[&str]) -> Output {
    let folder = tempfile::Builder::new()
        .prefix("rb-approve")
        .tempdir()
        .unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("rbconsole");
    fs::copy(Sandbox::program(), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Command::new("setpriv")
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
        .arg(&program)
        .args(arguments)
        .current_dir("/")
        .env("HOME", "/nonexistent")
        // What they call themselves counts for nothing.
        .env("USER", "dba-lead")
        .env("RBCONSOLE_OPERATOR", "dba-lead")
        .output()
        .expect("setpriv can be started")
}
