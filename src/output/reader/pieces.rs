//! The files that a log consists of, and finding the new ones.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use crate::run_dir::{AttemptDir, private_file};

/// One file and which part of the log it holds.
#[derive(Debug)]
struct Piece {
    start: u64,
    end: u64,
    file: File,
}

/// All files of a log, in order; they do not overlap.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    all: Vec<Piece>,
}

impl Pieces {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Where the log ends.
    pub(super) fn end(&self) -> u64 {
        self.all.last().map_or(0, |last| last.end)
    }

    /// Takes in what was written since. Mostly one call of the system: only a file that may be
    /// written can have grown, and only behind one that may not can there be a new one.
    pub(super) fn look(&mut self, dir: &Path) -> io::Result<()> {
        // A file that was removed and is held open takes its place on the disk.
        let removed = match self.all.get(1) {
            Some(oldest) => oldest.file.metadata()?.nlink() == 0,
            None => false,
        };
        if let (false, Some(last)) = (removed, self.all.last_mut()) {
            let meta = last.file.metadata()?;
            let writable = meta.mode() & 0o200 != 0;
            if writable && meta.nlink() > 0 {
                last.end = last.start + meta.len();
                return Ok(());
            }
        }
        self.list(dir)
    }

    fn list(&mut self, dir: &Path) -> io::Result<()> {
        let mut starts = Vec::new();
        match std::fs::read_dir(dir) {
            Ok(items) => {
                for item in items {
                    let name = item?.file_name();
                    starts.extend(name.to_str().and_then(AttemptDir::piece_of));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        starts.sort_unstable();
        let at = AttemptDir::at(dir.to_owned());
        let mut before = std::mem::take(&mut self.all);
        for start in starts {
            let known = before.iter().position(|piece| piece.start == start);
            let file = match known.map(|at| before.swap_remove(at).file) {
                Some(file) if file.metadata()?.nlink() > 0 => Some(file),
                _ => open_regular(&at.log_piece(start))?,
            };
            // One that is gone by now was dropped since the list was made.
            let Some(file) = file else { continue };
            let end = start.saturating_add(file.metadata()?.len());
            if let Some(last) = self.all.last_mut() {
                last.end = last.end.min(start);
            }
            self.all.push(Piece { start, end, file });
        }
        Ok(())
    }

    pub(super) fn stretches(&self) -> Vec<Range<u64>> {
        let mut stretches: Vec<Range<u64>> = Vec::with_capacity(2);
        for piece in self.all.iter().filter(|piece| piece.end > piece.start) {
            match stretches.last_mut() {
                Some(last) if last.end == piece.start => last.end = piece.end,
                _ => stretches.push(piece.start..piece.end),
            }
        }
        stretches
    }

    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let at = offset + filled as u64;
            let growing = self.all.len().wrapping_sub(1);
            let Some((number, piece)) = (self.all.iter().enumerate())
                .find(|(number, piece)| {
                    (piece.start..piece.end).contains(&at) || *number == growing
                })
                .filter(|(_, piece)| piece.start <= at)
            else {
                break;
            };
            let rest = &mut buffer[filled..];
            // What the last one has gained since is the log's too; another's end is known.
            let wanted = if number == growing {
                rest.len()
            } else {
                usize::try_from(piece.end - at).map_or(rest.len(), |left| left.min(rest.len()))
            };
            match piece.file.read_at(&mut rest[..wanted], at - piece.start) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// `None` if there is no such file. A pipe in its place must not make the console wait for a writer,
/// hence the non-blocking open.
pub(super) fn open_regular(path: &Path) -> io::Result<Option<File>> {
    match private_file().read(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
