//! What frames are written with: a frame in one go, in sequences that the terminal knows.

use std::io::{self, Write};

use crate::tui::theme::Depth;

/// Keeps a frame until it is whole.
#[derive(Debug)]
pub struct Ink<W: Write> {
    out: W,
    frame: Vec<u8>,
    /// The sixteen colours by their old numbers: to a terminal that knows no others,
    /// `38;5;1` is blinking and bold.
    old: bool,
}

impl<W: Write> Ink<W> {
    /// Writes to `out` as a terminal of this depth understands it.
    pub fn new(out: W, depth: Depth) -> Self {
        Self {
            out,
            frame: Vec::new(),
            old: depth == Depth::Sixteen,
        }
    }
}

impl<W: Write> Write for Ink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.old {
            self.frame = in_old_numbers(&self.frame);
        }
        let written = self.out.write_all(&self.frame);
        self.frame.clear();
        written?;
        self.out.flush()
    }
}

/// The same with every colour of the sixteen by its old number.
fn in_old_numbers(frame: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(frame.len());
    let mut rest = frame;
    while let Some(at) = memchr::memmem::find(rest, b"\x1b[") {
        let (before, sequence) = rest.split_at(at + 2);
        all.extend_from_slice(before);
        let end = sequence
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b';'))
            .unwrap_or(sequence.len());
        let (numbers, after) = sequence.split_at(end);
        match std::str::from_utf8(numbers) {
            Ok(numbers) if after.first() == Some(&b'm') => {
                all.extend_from_slice(translated(numbers).as_bytes());
            }
            _ => all.extend_from_slice(numbers),
        }
        rest = after;
    }
    all.extend_from_slice(rest);
    all
}

/// `38;5;9;48;5;1` as `91;41`.
fn translated(numbers: &str) -> String {
    let parts: Vec<&str> = numbers.split(';').collect();
    let mut all: Vec<String> = Vec::with_capacity(parts.len());
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        let index = match parts.get(at + 1..at + 3) {
            Some(["5", index]) => index.parse::<u8>().ok().filter(|index| *index < 16),
            _ => None,
        };
        if let ("38" | "48", Some(index)) = (*part, index) {
            let base = if *part == "38" { 30 } else { 40 };
            let bright = if index < 8 { 0 } else { 52 };
            all.push((base + bright + index).to_string());
            at += 3;
        } else {
            all.push((*part).to_owned());
            at += 1;
        }
    }
    all.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(depth: Depth, frames: &[&[u8]]) -> Vec<u8> {
        let mut ink = Ink::new(Vec::new(), depth);
        for frame in frames {
            for byte in *frame {
                ink.write_all(&[*byte]).unwrap();
            }
            ink.flush().unwrap();
        }
        ink.out
    }

    #[test]
    fn the_sixteen_have_old_numbers_where_there_are_no_others() {
        let frame = "\u{1b}[5;1H\u{1b}[38;5;9;48;5;1mé\u{1b}[38;5;7m x\u{1b}[1m\u{1b}[39m;5;1m";
        assert_eq!(
            String::from_utf8(written(Depth::Sixteen, &[frame.as_bytes()])).unwrap(),
            "\u{1b}[5;1H\u{1b}[91;41mé\u{1b}[37m x\u{1b}[1m\u{1b}[39m;5;1m"
        );
        assert_eq!(
            written(Depth::Indexed, &[frame.as_bytes()]),
            frame.as_bytes()
        );
    }

    #[test]
    fn what_is_no_colour_of_the_sixteen_stays() {
        for frame in [
            "\u{1b}[38;5;196m",
            "\u{1b}[38;2;1;2;3m",
            "\u{1b}[",
            "\u{1b}[38;5m",
            "\u{1b}[?25l",
        ] {
            let out = written(Depth::Sixteen, &[frame.as_bytes()]);
            assert_eq!(out, frame.as_bytes(), "{frame:?}");
        }
    }

    /// A frame that is torn in two flickers over a slow link.
    #[test]
    fn a_frame_is_written_in_one_go() {
        struct Counted(Vec<usize>);
        impl Write for Counted {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.len());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut ink = Ink::new(Counted(Vec::new()), Depth::True);
        for _ in 0..5_000 {
            ink.write_all(b"a piece").unwrap();
        }
        assert!(ink.out.0.is_empty());
        ink.flush().unwrap();
        assert_eq!(ink.out.0, [35_000]);
    }
}
