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
    /// Of a log on a disk of this size; none: it does not say.
    pub(super) fn new(size: Option<u64>, limit: u64) -> Self {
        Self {
            first: limit / 2,
            piece: limit / 8,
            reserve: size.map(|size| SCARCE.min(size / SCARCE_PART)),
            unseen: 0,
        }
    }

    /// So many bytes were written.
    pub(super) fn took(&mut self, count: u64) {
        self.unseen = self.unseen.saturating_add(count);
    }

    /// How long the file that is being written may become; it has `length` bytes by now. `free`
    /// says what the disk still has, and is asked only now and then.
    pub(super) fn of_piece(
        &mut self,
        is_first: bool,
        length: u64,
        free: impl FnOnce() -> Option<u64>,
    ) -> u64 {
        if let Some(reserve) = self.reserve
            && self.unseen >= reserve / 16
        {
            self.unseen = 0;
            if free().is_some_and(|free| free < reserve) {
                // What is kept stays; from here on the end moves on in small steps, so that many
                // logs together take no more than a part of the reserve.
                self.first = self.first.min(length);
                self.piece = self.piece.min(reserve / 64);
            }
        }
        if is_first { self.first } else { self.piece }
    }
}

/// The size of the disk on which a file stands.
pub(super) fn size(file: &File) -> Option<u64> {
    let disk = rustix::fs::fstatvfs(file).ok()?;
    Some(disk.f_blocks.saturating_mul(disk.f_frsize))
}

/// What that disk still has for everybody.
pub(super) fn free(file: &File) -> Option<u64> {
    let disk = rustix::fs::fstatvfs(file).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;
    /// Of which a twentieth, 100 MB, is to be left alone.
    const SIZE: u64 = 2000 * MB;
    const LIMIT: u64 = 800 * MB;

    fn not_asked() -> Option<u64> {
        panic!("the disk is not looked at for each write")
    }

    #[test]
    fn a_disk_with_room_leaves_the_limits_alone() {
        let mut room = Room::new(Some(SIZE), LIMIT);
        room.took(50 * MB);
        assert_eq!(room.of_piece(true, 50 * MB, || Some(100 * MB)), 400 * MB);
        assert_eq!(room.of_piece(false, MB, not_asked), 100 * MB);
    }

    #[test]
    fn a_scarce_disk_ends_the_first_piece_and_makes_the_others_small_for_good() {
        let mut room = Room::new(Some(SIZE), LIMIT);
        room.took(50 * MB);
        let free = || Some(100 * MB - 1);
        assert_eq!(room.of_piece(true, 50 * MB, free), 50 * MB);
        assert_eq!(room.of_piece(false, 0, not_asked), 100 * MB / 64);
        room.took(50 * MB);
        let much = || Some(SIZE);
        assert_eq!(room.of_piece(false, MB, much), 100 * MB / 64);
    }

    #[test]
    fn the_disk_is_looked_at_after_a_sixteenth_of_the_reserve() {
        let mut room = Room::new(Some(SIZE), LIMIT);
        room.took(100 * MB / 16 - 1);
        assert_eq!(room.of_piece(true, MB, not_asked), 400 * MB);
        room.took(1);
        assert_eq!(room.of_piece(true, MB, || Some(0)), MB);
    }

    #[test]
    fn of_a_large_disk_a_gigabyte_is_left_alone() {
        let large = 1 << 44;
        for (free, first) in [(SCARCE, 400 * MB), (SCARCE - 1, 70 * MB)] {
            let mut room = Room::new(Some(large), LIMIT);
            room.took(70 * MB);
            assert_eq!(room.of_piece(true, 70 * MB, || Some(free)), first);
        }
    }

    #[test]
    fn a_disk_that_does_not_say_is_not_scarce() {
        let mut room = Room::new(None, LIMIT);
        room.took(SIZE);
        assert_eq!(room.of_piece(true, MB, not_asked), 400 * MB);
        let mut room = Room::new(Some(SIZE), LIMIT);
        room.took(SIZE);
        assert_eq!(room.of_piece(true, MB, || None), 400 * MB);
    }
}
