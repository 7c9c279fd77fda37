//! Who a user of this machine is: their name and their groups.
//!
//! Asked of `id`, which asks the system's name service: accounts and groups of a
//! team often stand in a directory (LDAP, SSSD), not in `/etc/passwd` and
//! `/etc/group`, and the library call for it needs unsafe code or one more crate.

use std::{sync::atomic::AtomicBool, time::Duration};

use crate::engine::observed::Ended;
use crate::executor::{Secrets, ask_once};

/// How long the name service may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub name: String,
    /// The names of their groups.
    pub groups: Vec<String>,
}

/// Looks a user up. Takes its time: not for the thread that draws.
///
/// # Errors
/// In words, when nobody of this number is known.
pub(super) fn look_up(uid: u32) -> Result<User, String> {
    let number = format!("+{uid}");
    let name = ask(&["id", "-un", &number])?;
    // Separated by NUL: names of groups may hold spaces.
    let groups = ask(&[
        "bash",
        "-c",
        "id -znG \"$1\" | tr '\\0' '\\n'",
        "id",
        &number,
    ])?;
    let groups: Vec<String> = groups.lines().map(str::to_owned).collect();
    if name.is_empty() {
        return Err(format!("nobody knows the name of the user {uid}"));
    }
    Ok(User { name, groups })
}

fn ask(argv: &[&str]) -> Result<String, String> {
    let argv: Vec<String> = argv.iter().map(|&word| word.to_owned()).collect();
    let never = AtomicBool::new(false);
    let answer = ask_once(&argv, &[], &Secrets::new(), TIMEOUT, &never);
    match answer.ended {
        Ended::Exit { code: 0 } => Ok(answer.stdout),
        _ => Err(format!(
            "the system does not say who you are: {}",
            answer.text
        )),
    }
}
