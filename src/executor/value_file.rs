//! The file named by `$RBCONSOLE_OUTPUT`, into which a command writes values.
//!
//! Each line is `NAME=value`, to the end of the line. A value of several lines is
//!
//! ```text
//! NAME<<END
//! as many lines as it has
//! END
//! ```
//!
//! with any word in place of `END` that is no line of the value. The last value of
//! a name counts; what is neither of these is passed over. Values are UTF-8 without
//! NUL, the whole file is at most a mebibyte, and what it says counts only if the
//! file is still the operator's own regular file: the command can put anything in
//! its place.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::engine::effect::Capture;
use crate::run_dir::{AttemptDir, private_file};
use crate::runbook::Pick;

/// The variable that names the file.
pub const VARIABLE: &str = "RBCONSOLE_OUTPUT";

/// What it is called in the attempt's directory.
const NAME: &str = "variables";

/// The most that is read of it.
const LIMIT: u64 = 1 << 20;

/// The file of one attempt.
#[derive(Debug)]
pub struct ValueFile {
    path: PathBuf,
}

/// What a command left in its file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The bytes, not yet masked.
    pub bytes: Vec<u8>,
    /// Why nothing of it counts.
    pub unread: Option<String>,
}

impl ValueFile {
    /// Its place in the attempt's directory. The file is made if a value of it is
    /// wanted; a command that writes there all the same makes it itself.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn prepare(dir: &AttemptDir, wanted: &Capture) -> io::Result<Self> {
        // The command may run in another folder.
        let path = std::path::absolute(dir.path())?.join(NAME);
        let is_variable = |pick: &Pick| matches!(pick, Pick::Variable(_));
        if wanted.picks.values().any(is_variable) {
            private_file().write(true).create_new(true).open(&path)?;
        }
        Ok(Self { path })
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file and takes it away: it may hold secrets.
    pub fn take(self) -> Left {
        let left = read(&self.path);
        // A directory in its place stays; it is in the way of nothing.
        let _ = std::fs::remove_file(&self.path);
        match left {
            Ok(left) => left,
            // A command that wrote nothing, or took its file away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Left::default(),
            Err(error) => Left::unread(&format!("cannot be read: {error}")),
        }
    }

    /// Takes away what a command whose supervisor vanished has left: nobody has
    /// masked it. Whether there was something.
    pub fn discard(dir: &AttemptDir) -> bool {
        std::fs::remove_file(dir.path().join(NAME)).is_ok()
    }
}

impl Left {
    fn unread(why: &str) -> Self {
        Self {
            bytes: Vec::new(),
            unread: Some(format!("the file that $RBCONSOLE_OUTPUT names {why}")),
        }
    }
}

fn read(path: &Path) -> io::Result<Left> {
    // A pipe in its place must not make the supervisor wait for a writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() || meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("something else stands in its place"));
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT {
        // Nobody can say which value would have been the last.
        return Ok(Left::unread("is larger than 1 MiB"));
    }
    Ok(Left {
        bytes,
        unread: None,
    })
}

/// The values by their names, the last of each; bytes that are no text included.
pub fn parse(bytes: &[u8]) -> BTreeMap<&[u8], Vec<u8>> {
    let mut values = BTreeMap::new();
    let mut lines = bytes
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    while let Some(line) = lines.next() {
        let equals = memchr::memchr(b'=', line);
        let marker = memchr::memmem::find(line, b"<<");
        match (equals, marker) {
            (Some(at), marker) if marker.is_none_or(|marker| at < marker) => {
                values.insert(&line[..at], line[at + 1..].to_vec());
            }
            (_, Some(at)) => {
                let end = &line[at + 2..];
                let mut inner = Vec::new();
                let ended = !end.is_empty()
                    && lines.by_ref().any(|line| {
                        inner.push(line);
                        line == end
                    });
                if ended {
                    inner.pop();
                    values.insert(&line[..at], inner.join(&b'\n'));
                }
            }
            _ => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn file() -> (tempfile::TempDir, ValueFile) {
        let scratch = tempfile::tempdir().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        let wanted = Capture {
            picks: [("a".to_owned(), Pick::Variable("a".to_owned()))].into(),
            expect_stdout: None,
        };
        let variables = ValueFile::prepare(&dir, &wanted).unwrap();
        assert!(variables.path().exists());
        (scratch, variables)
    }

    #[test]
    fn a_file_that_nobody_reads_is_not_made_and_taken_away_all_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        let prepare = || ValueFile::prepare(&dir, &Capture::default()).unwrap();
        let path = prepare().path().to_owned();
        assert!(!path.exists());
        assert_eq!(prepare().take(), Left::default());
        crate::run_dir::write_private(&path, b"a=1\n").unwrap();
        prepare().take();
        assert!(!path.exists());
    }

    fn values(text: &str) -> Vec<(String, String)> {
        let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        parse(text.as_bytes())
            .into_iter()
            .map(|(name, value)| (text_of(name), text_of(&value)))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn lines_are_values_and_the_last_one_wins() {
        let text = "a=1\nb= x = y \r\nnonsense\n=\na=2";
        assert_eq!(
            values(text),
            pairs(&[("", ""), ("a", "2"), ("b", " x = y ")])
        );
        assert_eq!(values(""), []);
    }

    #[test]
    fn a_value_can_have_several_lines() {
        assert_eq!(
            values("a<<END\none\n\nb=2\nEND\nc=x<<y\nd<<E\nE\n"),
            pairs(&[("a", "one\n\nb=2"), ("c", "x<<y"), ("d", "")])
        );
        // Without its end it is no value, and all of the rest is its.
        assert_eq!(values("c=1\na<<END\nb=2\n"), pairs(&[("c", "1")]));
        assert_eq!(values("a<<\nb=2\n"), pairs(&[("b", "2")]));
    }

    #[test]
    fn what_was_written_is_read_once() {
        let (_scratch, variables) = file();
        let path = variables.path().to_owned();
        crate::run_dir::write_private(&path, b"a=1\n").unwrap();
        assert_eq!(variables.take().bytes, b"a=1\n");
        assert!(!path.exists());
    }

    fn is_unread(variables: ValueFile) -> bool {
        let left = variables.take();
        left.bytes.is_empty() && left.unread.is_some()
    }

    #[test]
    fn what_else_stands_there_is_neither_followed_nor_waited_for() {
        let (scratch, variables) = file();
        let other = scratch.path().join("other");
        crate::run_dir::write_private(&other, b"a=1\n").unwrap();
        std::fs::remove_file(variables.path()).unwrap();
        symlink(&other, variables.path()).unwrap();
        assert!(is_unread(variables));
        assert!(other.exists());

        let (_scratch, variables) = file();
        std::fs::remove_file(variables.path()).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            variables.path(),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        assert!(is_unread(variables));

        let (_scratch, variables) = file();
        std::fs::remove_file(variables.path()).unwrap();
        std::fs::create_dir(variables.path()).unwrap();
        assert!(is_unread(variables));

        let (_scratch, variables) = file();
        std::fs::remove_file(variables.path()).unwrap();
        assert_eq!(variables.take(), Left::default());
    }

    #[test]
    fn a_flood_counts_for_nothing() {
        let (_scratch, variables) = file();
        std::fs::File::options()
            .write(true)
            .open(variables.path())
            .unwrap()
            .set_len(1 << 40)
            .unwrap();
        let left = variables.take();
        assert!(left.unread.unwrap().contains("larger than 1 MiB") && left.bytes.is_empty());
    }
}
