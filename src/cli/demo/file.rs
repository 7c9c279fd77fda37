//! Small files: written whole or not at all, read up to a bound, with errors that name the path.
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// The most that is read of any file of the demo, in bytes.
const MOST: u64 = 64 * 1024;

/// The same error, saying which path it is about.
pub fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Writes `text` beside `path` and renames it into place, so that a reader finds all of it or nothing.
pub fn place(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = Path::new(&beside);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(beside)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(beside, path));
    written.map_err(|error| at(path, &error))
}

/// The text of a small file; bytes that are not UTF-8 are replaced, and 64 KiB is the most that is read.
pub fn read_small(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST).read_to_end(&mut bytes))
        .map_err(|error| at(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_named() {
        let error = read_small(Path::new("/nowhere/app.conf")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(
            error.to_string().starts_with("/nowhere/app.conf: "),
            "{error}"
        );
    }

    #[test]
    fn placing_replaces_and_leaves_nothing_beside() {
        let dir = std::env::temp_dir().join(format!("rb-file-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        place(&dir.join("port"), "1\n").unwrap();
        place(&dir.join("port"), "2\n").unwrap();
        assert_eq!(read_small(&dir.join("port")).unwrap(), "2\n");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }
}
