//! `output.idx`: fixed-size records, so that a time is found by halving and never by reading it all.
//!
//! Layout, little-endian: a header of 16 bytes (`rbindex\0`, version `u32`, record length `u32`),
//! then records of 24 bytes: offset `u64`, Unix milliseconds `i64`, stream `u8`, seven zero bytes.
//! A record holds for all bytes from its offset up to the next record's. The index is not synced: a
//! crash may leave half a record or a tail of zeros, so no valid record begins with stream zero.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::Stream;

/// What an index file begins with; the last eight bytes are version 1 and the record's length.
pub(super) const HEADER: [u8; 16] = *b"rbindex\0\x01\0\0\0\x18\0\0\0";
/// Bytes a record takes.
pub(super) const RECORD: usize = 24;

/// One record: the bytes from `offset` on came from `stream`, beginning at `at_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) offset: u64,
    /// Unix milliseconds, UTC.
    pub(super) at_ms: i64,
    pub(super) stream: Stream,
}

impl Entry {
    pub(super) fn encode(self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.at_ms.to_le_bytes());
        bytes[16] = match self.stream {
            Stream::Out => 1,
            Stream::Err => 2,
        };
        bytes
    }

    /// `None` for a record that no writer wrote, such as the zeros that a power cut leaves.
    pub(super) fn decode(bytes: &[u8; RECORD]) -> Option<Self> {
        let [offset, at_ms, rest] = bytes.as_chunks::<8>().0 else {
            return None;
        };
        let stream = match rest[0] {
            1 => Stream::Out,
            2 => Stream::Err,
            _ => return None,
        };
        Some(Self {
            offset: u64::from_le_bytes(*offset),
            at_ms: i64::from_le_bytes(*at_ms),
            stream,
        })
    }
}

/// Where record `number` (from 0) stands in the file.
pub(super) fn record_at(number: u64) -> u64 {
    HEADER.len() as u64 + number * RECORD as u64
}

/// Looks offsets up in an index file that may still be growing.
#[derive(Debug)]
pub(super) struct Index {
    file: File,
    /// The record found last and where its bytes end: neighbouring lines mostly share it.
    recent: Option<(Entry, u64)>,
}

impl Index {
    /// `None` while the header is not written yet, and for a version that this code does not know.
    pub(super) fn open(file: File) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER.len()];
        match file.read_exact_at(&mut header, 0) {
            Ok(()) if header == HEADER => Ok(Some(Self { file, recent: None })),
            Ok(()) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The record that was found last, if it holds for the byte at `offset` as well.
    pub(super) fn again(&self, offset: u64) -> Option<Entry> {
        self.recent
            .filter(|(entry, end)| (entry.offset..*end).contains(&offset))
            .map(|(entry, _)| entry)
    }

    /// The record that holds for the byte at `offset`, one of the first `known` bytes.
    /// Their records were written before them, so the last one holds for all of them
    /// that follow it: at the end of a log that grows each row asks for that one.
    pub(super) fn find(&mut self, offset: u64, known: u64) -> io::Result<Option<Entry>> {
        let whole = self
            .file
            .metadata()?
            .len()
            .saturating_sub(HEADER.len() as u64);
        let (mut low, mut high) = (0, whole / RECORD as u64);
        let (mut found, mut next) = (None, None);
        while low < high {
            let middle = low + (high - low) / 2;
            // A record that does not decode belongs to a damaged tail: it lies after everything.
            match self.record(middle)? {
                Some(entry) if entry.offset <= offset => {
                    found = Some(entry);
                    low = middle + 1;
                }
                later => {
                    next = later;
                    high = middle;
                }
            }
        }
        self.recent = found.map(|entry| (entry, next.map_or(known, |next| next.offset)));
        Ok(found)
    }

    fn record(&self, number: u64) -> io::Result<Option<Entry>> {
        let mut bytes = [0; RECORD];
        match self.file.read_exact_at(&mut bytes, record_at(number)) {
            Ok(()) => Ok(Entry::decode(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_file() {
        let entry = Entry {
            offset: 0x0102_0304_0506,
            at_ms: -7,
            stream: Stream::Err,
        };
        assert_eq!(Entry::decode(&entry.encode()), Some(entry));
        assert_eq!(entry.encode()[..8], [6, 5, 4, 3, 2, 1, 0, 0]);
    }

    #[test]
    fn zeros_are_no_record() {
        assert_eq!(Entry::decode(&[0; RECORD]), None);
    }

    #[test]
    fn the_header_says_its_record_length() {
        assert_eq!(HEADER[12..], 24_u32.to_le_bytes());
        assert_eq!(HEADER[8..12], 1_u32.to_le_bytes());
    }
}
