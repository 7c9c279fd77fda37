//! The file that the trace is written into: private, and never longer than it may be.

use std::{
    fs::{self, File, Metadata},
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::run_dir::{make_private, private_file};

/// A file that has grown beyond this is put aside before more is written.
const MOST: u64 = 16 * 1024 * 1024;

/// The file that the trace is written into. Several consoles may write into the same one.
#[derive(Debug)]
pub struct TraceFile {
    path: PathBuf,
    file: File,
    most: u64,
}

impl TraceFile {
    /// Opens it, and makes it and its folder where they are not there.
    ///
    /// # Errors
    /// When it cannot be opened, or what stands there is not the operator's alone.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            make_private(folder, true)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file: opened(path)?,
            most: MOST,
        })
    }

    /// Puts a file aside that is as long as it may be, and begins another. Nothing waits for
    /// another console, which may stand still: rather a line is not written.
    fn make_room(&mut self) -> io::Result<()> {
        for _ in 0..3 {
            let full = self.file.metadata()?;
            if full.len() < self.most {
                return Ok(());
            }
            if self.file.try_lock().is_ok() {
                let done = self.put_aside(&full);
                let _ = self.file.unlock();
                done?;
            }
            self.file = opened(&self.path)?;
        }
        Err(io::Error::other("it is full"))
    }

    /// Unless another console has done so already.
    fn put_aside(&self, full: &Metadata) -> io::Result<()> {
        let stands = fs::symlink_metadata(&self.path)?;
        if (stands.dev(), stands.ino()) == (full.dev(), full.ino()) {
            fs::rename(&self.path, self.path.with_extension("old.log"))?;
        }
        Ok(())
    }
}

impl Write for TraceFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.make_room()?;
        self.file.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn opened(path: &Path) -> io::Result<File> {
    private_file().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn of(path: &Path, most: u64) -> TraceFile {
        TraceFile {
            most,
            ..TraceFile::open(path).unwrap()
        }
    }

    fn length(path: &Path) -> u64 {
        fs::metadata(path).unwrap().len()
    }

    #[test]
    fn a_long_session_fills_two_files_and_no_more() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("trace.log");
        let mut file = of(&path, 100);
        for number in 0..100 {
            writeln!(file, "line {number:04}").unwrap();
        }
        let old = scratch.path().join("trace.old.log");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 2);
        assert!(length(&path) <= 110 && length(&old) <= 110);
        let text = fs::read_to_string(&old).unwrap() + &fs::read_to_string(&path).unwrap();
        let kept: Vec<&str> = text.lines().collect();
        assert_eq!(*kept.last().unwrap(), "line 0099");
        let whole: Vec<String> = (100 - kept.len()..100)
            .map(|n| format!("line {n:04}"))
            .collect();
        assert_eq!(kept, whole, "the last lines, each whole");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn of_two_consoles_one_puts_the_file_aside() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("trace.log");
        let (mut one, mut two) = (of(&path, 20), of(&path, 20));
        writeln!(one, "a line that is long enough").unwrap();
        writeln!(one, "a new file").unwrap();
        writeln!(two, "the same").unwrap();
        writeln!(one, "it is full").unwrap();
        writeln!(two, "and so on").unwrap();
        let old = fs::read_to_string(scratch.path().join("trace.old.log")).unwrap();
        assert_eq!(old, "a new file\nthe same\n");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "it is full\nand so on\n"
        );
    }

    #[test]
    fn nothing_is_written_beyond_the_limit_where_it_cannot_be_put_aside() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("trace.log");
        fs::create_dir(scratch.path().join("trace.old.log")).unwrap();
        let mut file = of(&path, 10);
        writeln!(file, "long enough").unwrap();
        assert!(file.write_all(b"more\n").is_err());
        assert_eq!(length(&path), 12);
    }

    #[test]
    fn what_is_not_the_operators_alone_is_not_written_into() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("trace.log");
        let refused = |words: &str| {
            let why = TraceFile::open(&path).unwrap_err().to_string();
            assert!(why.contains(words), "no {words} in {why}");
        };
        drop(TraceFile::open(&path).unwrap());
        fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        refused("others can write to it (mode 666)");
        fs::remove_file(&path).unwrap();

        let kind = rustix::fs::FileType::Fifo;
        let rights = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, kind, rights, 0).unwrap();
        // Opened as other files are, it would wait for somebody who reads.
        refused("it is no regular file");
    }
}
