//! What frames are written with: a frame in one go.

use std::io::{self, Write};

/// Keeps a frame until it is whole.
#[derive(Debug)]
pub struct Ink<W: Write> {
    out: W,
    frame: Vec<u8>,
}

impl<W: Write> Ink<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            frame: Vec::new(),
        }
    }
}

impl<W: Write> Write for Ink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.frame);
        self.frame.clear();
        written?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut ink = Ink::new(Counted(Vec::new()));
        for _ in 0..5_000 {
            ink.write_all(b"a piece").unwrap();
        }
        assert!(ink.out.0.is_empty());
        ink.flush().unwrap();
        assert_eq!(ink.out.0, [35_000]);
    }
}
