//! The service's access log: one line a request.
use super::file::at;
use super::utc::Utc;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// Where the log stands in the scratch folder.
pub const PATH: &str = "log/access.log";

/// The number, from 1, of the field of a line that holds the status.
pub const STATUS_FIELD: u32 = 2;

/// One request, as the log keeps it: `2026-11-21T02:24:50.123Z 500 GET / release=20261121022430-bad ms=0.213`.
#[derive(Debug)]
pub struct Entry<'a> {
    /// When the request came in.
    pub time: Utc,
    /// The status it was answered with.
    pub status: u16,
    /// The method asked with.
    pub method: &'a str,
    /// The path asked for.
    pub path: &'a str,
    /// The release that answered; `-` if there was none.
    pub release: &'a str,
    /// How long the answer took.
    pub took: Duration,
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            time,
            status,
            method,
            path,
            release,
            took,
        } = self;
        let ms = took.as_secs_f64() * 1000.0;
        let (method, path, release) = (plain(method), plain(path), plain(release));
        write!(
            f,
            "{} {status} {method} {path} release={release} ms={ms:.3}",
            time.iso()
        )
    }
}

/// What a client sent, made fit for one field of one line: no blanks, no control characters, at most 120 characters.
pub fn plain(text: &str) -> String {
    if text.is_empty() {
        return "-".into();
    }
    text.chars()
        .take(120)
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .collect()
}

/// Appends one line, by a single write, so that lines of several threads never mix.
///
/// The log is never created here: a file made anew in a folder that is being deleted would keep the folder alive.
pub fn append(scratch: &Path, entry: &Entry<'_>) -> io::Result<()> {
    let path = scratch.join(PATH);
    OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut log| log.write_all(format!("{entry}\n").as_bytes()))
        .map_err(|error| at(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_path_stays_in_its_field() {
        let long = "/".repeat(500);
        for path in ["/a b\n2026 200 GET /", "/\u{1b}[2J", "", &long] {
            let entry = Entry {
                time: Utc::now(),
                status: 404,
                method: "GET",
                path,
                release: "r 1",
                took: Duration::from_micros(1500),
            };
            let line = entry.to_string();
            assert_eq!(line.split(' ').count(), 6, "{line:?}");
            assert_eq!(line.split(' ').nth(STATUS_FIELD as usize - 1), Some("404"));
            assert!(
                line.ends_with("release=r?1 ms=1.500") && line.len() < 250,
                "{line:?}"
            );
            assert!(!line.contains(char::is_control));
        }
    }
}
