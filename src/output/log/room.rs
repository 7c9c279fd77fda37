//! How long the files of a log may become: by its limit, and by what the disk still has.

use std::fs::File;

/// A disk is scarce when less than this is free, or less than a part of it if that is less.
const SCARCE: u64 = 1 << 30;
const SCARCE_PART: u64 = 20;

/// The limits of one log.
#[derive(Debug)]
pub(super) struct Room {
    first: u64,
    piece: u64,
    /// What of the disk is left alone, for the journal and for others; none: it does not say.
    reserve: Option<u64>,
    /// Bytes taken since the disk was looked at.
    unseen: u64,
}

impl Room {
    /// `file` stands on the disk that is meant.
    pub(super) fn new(file: &File, limit: u64) -> Self {
        let disk = rustix::fs::fstatvfs(file).ok();
        Self {
            first: limit / 2,
            piece: limit / 8,
            reserve: disk.map(|disk| {
                let size = disk.f_blocks.saturating_mul(disk.f_frsize);
                SCARCE.min(size / SCARCE_PART)
            }),
            unseen: 0,
        }
    }

    /// So many bytes were written.
    pub(super) fn took(&mut self, count: u64) {
        self.unseen = self.unseen.saturating_add(count);
    }

    /// How long the file that is being written may become; it has `length` bytes by now.
    pub(super) fn of_piece(&mut self, file: &File, is_first: bool, length: u64) -> u64 {
        if let Some(reserve) = self.reserve
            && self.unseen >= reserve / 16
        {
            self.unseen = 0;
            if is_scarce(file, reserve) {
                // What is kept stays; from here on the end moves on in small steps, so that many
                // logs together take no more than a part of the reserve.
                self.first = self.first.min(length);
                self.piece = self.piece.min(reserve / 64);
            }
        }
        if is_first { self.first } else { self.piece }
    }
}

fn is_scarce(file: &File, reserve: u64) -> bool {
    rustix::fs::fstatvfs(file)
        .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < reserve)
}
