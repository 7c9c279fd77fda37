//! Lines of an output by their numbers.

use std::io;

use crate::engine::AttemptId;
use crate::output::{Reader, text};
use crate::tui::source::Source;

/// What lies farther from the beginning is not counted: that would take seconds.
const FAR: u64 = 256 << 20;
/// So much is read at once.
const SLICE: u64 = 1 << 20;
/// The longest line that is told whole.
const LONGEST: usize = 64 << 10;

/// What stands at a number.
#[derive(Debug, PartialEq, Eq)]
pub enum At {
    /// These lines.
    Lines(Vec<String>),
    /// The output has only so many lines.
    Beyond(u64),
    /// It lies too far from the beginning.
    Far,
}

/// So many lines of a command's output from a number on, the first being 1.
///
/// # Errors
/// When the log cannot be read.
pub fn from(source: &Source, attempt: AttemptId, line: u64, most: usize) -> io::Result<At> {
    match source.log(attempt) {
        Some(log) => read(&mut Reader::open(log.dir().path())?, line, most),
        None => Ok(At::Beyond(0)),
    }
}

fn read(reader: &mut Reader, line: u64, most: usize) -> io::Result<At> {
    let end = reader.len()?;
    let mut at = 0;
    // How many lines have ended before, and what stands of the next one.
    let mut ended = 0;
    let mut rest: Vec<u8> = Vec::new();
    let mut lines = Vec::new();
    while at < end && lines.len() < most {
        if at > FAR && lines.is_empty() {
            return Ok(At::Far);
        }
        let bytes = reader.read(at..(at + SLICE).min(end))?;
        if bytes.is_empty() {
            let stretches = reader.stretches()?;
            let starts = stretches.iter().map(|part| part.start);
            let Some(next) = starts.filter(|start| *start > at).min() else {
                break;
            };
            at = next;
            continue;
        }
        at += bytes.len() as u64;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let whole = piece.last() == Some(&b'\n');
            if ended + 1 >= line && rest.len() < LONGEST {
                rest.extend_from_slice(piece);
            } else if rest.is_empty() {
                // It is only counted, but something stands there.
                rest.push(b' ');
            }
            if whole {
                ended += 1;
                let bytes = std::mem::take(&mut rest);
                if ended >= line && lines.len() < most {
                    lines.push(told(&bytes));
                }
            }
        }
    }
    if !rest.is_empty() && at >= end {
        ended += 1;
        if ended >= line && lines.len() < most {
            lines.push(told(&rest));
        }
    }
    Ok(if lines.is_empty() {
        At::Beyond(ended)
    } else {
        At::Lines(lines)
    })
}

fn told(bytes: &[u8]) -> String {
    text::line(bytes.strip_suffix(b"\n").unwrap_or(bytes)).text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Stream, log::Log};

    fn at(text: &str, line: u64, most: usize) -> At {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(folder.path()).unwrap();
        log.append(Stream::Out, text.as_bytes(), 0).unwrap();
        read(&mut Reader::open(folder.path()).unwrap(), line, most).unwrap()
    }

    fn lines(lines: &[&str]) -> At {
        At::Lines(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    #[test]
    fn lines_are_found_by_their_numbers() {
        assert_eq!(at("one\ntwo\nthree", 1, 2), lines(&["one", "two"]));
        assert_eq!(at("one\ntwo\nthree", 3, 9), lines(&["three"]));
        assert_eq!(at("one\ntwo\n", 3, 9), At::Beyond(2));
        assert_eq!(at("one\n\nthree\n", 2, 2), lines(&["", "three"]));
        assert_eq!(at("", 1, 2), At::Beyond(0));
    }

    #[test]
    fn a_line_far_behind_is_found_across_slices() {
        let rows: Vec<String> = (1..=300_000).map(|n| format!("row {n}\n")).collect();
        let text = rows.concat();
        assert_eq!(at(&text, 299_999, 5), lines(&["row 299999", "row 300000"]));
    }
}
