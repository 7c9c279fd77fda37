//! Disks that fail: a small file system of a test's own, and writes that are made to fail.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Says which test this process was started for, in a mount namespace of its own.
const INSIDE: &str = "RBCONSOLE_FAULTS_INSIDE";

/// Runs the calling test again where it may mount; true there. What it mounts is gone with it.
pub fn may_mount(test: &str) -> bool {
    if std::env::var(INSIDE).is_ok_and(|name| name == test) {
        return true;
    }
    let Some(flags) = ["-m", "-rm"].into_iter().find(|flags| can_mount(flags)) else {
        println!("SKIPPED {test}: this user may not mount a file system of its own (unshare -m)");
        return false;
    };
    let myself = std::env::current_exe().expect("a test knows its file");
    let output = Command::new("unshare")
        .args([flags, "--propagation", "private"])
        .arg(myself)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, test)
        .output()
        .expect("unshare was there a moment ago");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

fn can_mount(flags: &str) -> bool {
    Command::new("unshare")
        .args([flags, "--propagation", "private"])
        .args(["sh", "-c", "mount -t tmpfs none /tmp"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A small disk, unmounted when this value goes.
pub struct Disk {
    path: PathBuf,
}

impl Disk {
    pub fn mount(path: PathBuf, size: &str) -> Self {
        mount(
            &[
                "-t",
                "tmpfs",
                "-o",
                &format!("size={size},mode=700"),
                "none",
            ],
            &path,
        );
        Self { path }
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.path.join("ballast")).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn empty(&self) {
        std::fs::remove_file(self.path.join("ballast")).expect("it was filled");
    }

    pub fn read_only(&self) {
        mount(&["-o", "remount,ro"], &self.path);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn mount(options: &[&str], path: &Path) {
    let output = Command::new("mount")
        .args(options)
        .arg(path)
        .output()
        .expect("mount can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The library that makes writes fail, built in `folder`; none without a C compiler.
pub fn injector(test: &str, folder: &Path) -> Option<PathBuf> {
    let library = folder.join("inject.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/inject.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .output();
    match built {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            Some(library)
        }
        Err(error) => {
            println!("SKIPPED {test}: no C compiler to build a failing disk with ({error})");
            None
        }
    }
}
