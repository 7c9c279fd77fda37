//! By which login somebody came to this machine: the kernel keeps it through `su` and
//! `sudo`, so that who changes the account is still the same person.

use std::fs;

use crate::settings::login_name;

/// No login is known: the kernel's word for it.
const UNSET: u32 = u32::MAX;

/// What the kernel says about a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    /// It came from a login of this user.
    Of(u32),
    /// It came from none, or the kernel keeps none.
    None,
    /// The process is gone or cannot be seen from here.
    Unknown,
}

fn of(process: &str) -> Login {
    let parse = |text: String| text.trim().parse::<u32>().ok();
    match fs::read_to_string(format!("/proc/{process}/loginuid")) {
        Ok(text) => match parse(text) {
            Some(UNSET) => Login::None,
            Some(uid) => Login::Of(uid),
            None => Login::Unknown,
        },
        Err(_) => Login::Unknown,
    }
}

/// Why nobody approves by this process of this user, where `driver` drives; none if
/// they may.
pub(super) fn refused(uid: u32, pid: Option<i32>, driver: u32) -> Option<String> {
    let own = of("self");
    // A process that cannot be seen could be anybody's.
    let theirs = pid.map_or(Login::Unknown, |pid| of(&pid.to_string()));
    judge(uid, theirs, driver, own).map(str::to_owned)
}

fn judge(uid: u32, theirs: Login, driver: u32, own: Login) -> Option<&'static str> {
    if uid == driver {
        return Some(
            "you drive this run yourself: nobody approves their own decision. \
             If somebody approved elsewhere, attest it with --attest NAME --via CHANNEL",
        );
    }
    if uid == 0 {
        return Some("root can be anybody: approve from your own account");
    }
    let same = match (theirs, own) {
        (Login::Of(theirs), _) if theirs == driver => true,
        (Login::Of(theirs), Login::Of(own)) => theirs == own,
        _ => false,
    };
    if same {
        return Some(
            "you came to this machine by the same login as who drives the run: nobody \
             approves their own decision, from whichever account",
        );
    }
    (theirs == Login::Unknown && matches!(own, Login::Of(_)))
        .then_some("the system does not say by which login you came to this machine")
}

/// The names under which who runs this program is known to the system, whatever they
/// call themselves: of the account, and of the login that it came from.
pub fn own_names() -> Vec<String> {
    let mut users = vec![rustix::process::getuid().as_raw()];
    if let Login::Of(uid) = of("self") {
        users.push(uid);
    }
    let mut names: Vec<String> = users.into_iter().filter_map(login_name).collect();
    // Of an account that sudo was called from; accounts of a directory stand in no file.
    names.extend(
        ["SUDO_USER", "USER", "LOGNAME"]
            .iter()
            .filter_map(|variable| std::env::var(variable).ok())
            .filter(|name| !name.is_empty()),
    );
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_does_not_approve_from_another_account() {
        use Login::{None as Unset, Of, Unknown};
        let ana = 1000;
        let may = |uid, theirs, driver, own| judge(uid, theirs, driver, own).is_none();
        // Another person, with and without the kernel's word for it.
        assert!(may(1001, Of(1001), ana, Of(ana)));
        assert!(may(1001, Unset, ana, Unset));
        assert!(may(1001, Unknown, ana, Unset));
        // By su from another login than the driver's.
        assert!(may(1002, Of(1001), ana, Of(ana)));
        // The driver, by any account.
        assert!(!may(ana, Of(ana), ana, Of(ana)));
        assert!(!may(1001, Of(ana), ana, Of(ana)));
        assert!(!may(1001, Of(ana), ana, Unset));
        assert!(!may(0, Of(ana), ana, Of(ana)));
        // A driver who is root by sudo, and comes back as themselves.
        assert!(!may(ana, Of(ana), 0, Of(ana)));
        // Root is nobody in particular, whoever they were before.
        assert!(!may(0, Of(1001), ana, Of(ana)));
        assert!(!may(0, Unset, ana, Unset));
        // Who hides behind a process that is gone.
        assert!(!may(1001, Unknown, ana, Of(ana)));
    }

    #[test]
    fn the_kernel_is_asked() {
        assert_eq!(of("4194304000"), Login::Unknown);
        assert!(!own_names().is_empty() || login_name(0).is_none());
    }
}
