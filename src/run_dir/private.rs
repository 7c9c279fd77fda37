//! Files that nobody else can read or write.

use std::{fs, io, os::unix::fs::OpenOptionsExt, path::Path};

use rustix::fs::OFlags;

use super::whose::{in_words, not_private, refused};

/// How a private file is opened: it follows no link, waits for no other end of a
/// pipe, and hands over only a regular file of the operator's that nobody else can
/// write and that has no second name elsewhere.
#[derive(Debug, Clone)]
pub struct Private {
    options: fs::OpenOptions,
    truncate: bool,
}

/// Opens private files.
pub fn private_file() -> Private {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = fs::OpenOptions::new();
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
    Private {
        options,
        truncate: false,
    }
}

impl Private {
    /// For reading.
    #[must_use]
    pub fn read(mut self, read: bool) -> Self {
        self.options.read(read);
        self
    }

    /// For writing.
    #[must_use]
    pub fn write(mut self, write: bool) -> Self {
        self.options.write(write);
        self
    }

    /// For writing at its end.
    #[must_use]
    pub fn append(mut self, append: bool) -> Self {
        self.options.append(append);
        self
    }

    /// Made if it is not there.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.options.create(create);
        self
    }

    /// Made; an error if something is there.
    #[must_use]
    pub fn create_new(mut self, create: bool) -> Self {
        self.options.create_new(create);
        self
    }

    /// Emptied, once it is known to be ours.
    #[must_use]
    pub fn truncate(mut self, truncate: bool) -> Self {
        self.truncate = truncate;
        self
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it cannot be opened, or something else stands in its place.
    pub fn open(self, path: impl AsRef<Path>) -> io::Result<fs::File> {
        let path = path.as_ref();
        let file = self
            .options
            .open(path)
            .map_err(|error| in_words(path, error))?;
        if let Some(why) = not_private(&file.metadata()?) {
            return Err(refused(path, &why));
        }
        if self.truncate {
            file.set_len(0)?;
        }
        Ok(file)
    }
}

/// Writes a whole private file.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    private_file()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?
        .write_all(bytes)
}

/// Writes a file that the operator named, wherever that is: it follows no link, and
/// what is new is private. What stands there keeps its mode.
///
/// # Errors
/// When it cannot be written.
pub fn write_as_asked(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .map_err(|error| in_words(path, error))?
        .write_all(bytes)
}

/// Reads a private file that is at most `limit` bytes long.
///
/// # Errors
/// When it cannot be read, is a link, or is longer.
pub fn read_private(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    private_file()
        .read(true)
        .open(path)?
        .take(limit + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("longer than {limit} bytes")));
    }
    Ok(bytes)
}
