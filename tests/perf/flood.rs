//! Writes lines of 100 bytes (newline included) to standard output, as fast
//! as a pipe takes them: `flood BYTES`, a multiple of 100.
//!
//! The lines are numbered so that the first and the last can be told apart
//! and a lost or doubled line changes the digest.

use std::io::{self, Write};

/// Bytes of one line with its newline.
const LINE: usize = 100;
/// Lines made before each write, about 64 KiB: what one pipe holds.
const BATCH: usize = 655;

fn main() -> io::Result<()> {
    let bytes: usize = std::env::args()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .filter(|bytes: &usize| bytes.is_multiple_of(LINE))
        .ok_or_else(|| {
            io::Error::other("say how many bytes, a multiple of 100: flood 1000000000")
        })?;
    let lines = bytes / LINE;
    let mut batch = vec![b'.'; LINE * BATCH];
    for line in batch.chunks_exact_mut(LINE) {
        line[..5].copy_from_slice(b"line ");
        line[14] = b' ';
        line[LINE - 1] = b'\n';
    }
    let mut out = io::stdout().lock();
    let mut next = 0;
    while next < lines {
        let count = BATCH.min(lines - next);
        for line in batch.chunks_exact_mut(LINE).take(count) {
            next += 1;
            number(&mut line[5..14], next);
        }
        out.write_all(&batch[..count * LINE])?;
    }
    out.flush()
}

/// Writes `value` right-aligned with leading zeros; cheaper than `format!`.
fn number(place: &mut [u8], mut value: usize) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}
