//! Where a program stands that is named by a word only.
//!
//! The system finds it as well, but only in a child that is a copy of this process: a
//! program that is named by its path is started without copying anything, which for a
//! short command is a tenth of its cost.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use rustix::{fs::Access, io::Errno};

/// The path of a program as the system would find it, with the search path of the
/// command. None where that is for the system to say: what is named by a path already,
/// what stands in a folder that is relative to the command's own, and a file that no
/// system starts without a shell.
pub fn lookup(program: &str, env: &[(String, OsString)]) -> Option<PathBuf> {
    if program.is_empty() || program.contains('/') {
        return None;
    }
    let given = env.iter().rev().find(|(name, _)| name == "PATH");
    let path = match given {
        Some((_, path)) => path.clone(),
        None => std::env::var_os("PATH")?,
    };
    first(program, &path)
}

/// Whether the system goes on to the next folder where it could not start a program in one,
/// as for a script whose interpreter is not installed. A file that is no program for this
/// machine is not among it: the system would have a shell read it.
pub fn looks_on(error: &io::Error) -> bool {
    let goes_on = [
        Errno::NOENT,
        Errno::ACCESS,
        Errno::NOTDIR,
        Errno::STALE,
        Errno::NODEV,
        Errno::TIMEDOUT,
    ];
    Errno::from_io_error(error).is_some_and(|why| goes_on.contains(&why))
}

fn first(program: &str, path: &OsStr) -> Option<PathBuf> {
    for folder in std::env::split_paths(path) {
        if folder.is_relative() {
            return None;
        }
        let place = folder.join(program);
        let executable = rustix::fs::access(&place, Access::EXEC_OK).is_ok() && place.is_file();
        if executable {
            return is_startable(&place).then_some(place);
        }
    }
    None
}

/// Whether it says itself what it is: a program of the system, or a script with its
/// interpreter.
fn is_startable(place: &Path) -> bool {
    let mut first = [0; 4];
    // What may be executed but not read cannot be looked at.
    let read = File::open(place).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && (first == *b"\x7fELF" || first.starts_with(b"#!/"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn put(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
        let place = folder.join(name);
        crate::run_dir::write_private(&place, text.as_bytes()).unwrap();
        std::fs::set_permissions(&place, PermissionsExt::from_mode(mode)).unwrap();
        place
    }

    #[test]
    fn the_first_that_may_be_executed_is_meant() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = scratch.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            folder
        };
        let (one, two, three) = (folder("one"), folder("two"), folder("three"));
        put(&one, "tool", "#!/bin/sh\n", 0o600);
        std::fs::create_dir(one.join("other")).unwrap();
        let tool = put(&two, "tool", "#!/bin/sh\n", 0o700);
        let other = put(&two, "other", "#!/bin/sh\n", 0o700);
        put(&three, "tool", "#!/bin/sh\n", 0o700);
        put(&two, "bare", "exit 0\n", 0o700);
        let of = |folders: &[&Path]| std::env::join_paths(folders).unwrap();
        let all = of(&[&scratch.path().join("none"), &one, &two, &three]);
        assert_eq!(first("tool", &all), Some(tool.clone()));
        assert_eq!(first("other", &all), Some(other));
        assert_eq!(first("missing", &all), None);
        // A shell is needed for it, which only the system's own search brings.
        assert_eq!(first("bare", &all), None);
        // Relative to a folder that only the command will be in.
        assert_eq!(first("tool", &of(&[Path::new("here"), &two])), None);
        assert_eq!(first("tool", OsStr::new("")), None);
        let env = [("PATH".to_owned(), of(&[&two]))];
        assert_eq!(lookup("tool", &env), Some(tool));
        assert_eq!(lookup("./tool", &env), None);
        assert_eq!(lookup("", &env), None);
    }
}
