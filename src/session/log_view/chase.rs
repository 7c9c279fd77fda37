//! Looking for the nearest match on a thread of its own: a far one takes a while to reach, and keys
//! are answered meanwhile.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::aside;
use crate::output::Reader;
use crate::output::search::{Needle, Search, find_next, find_previous};

/// Bytes that are looked through at once: less than anybody notices.
const FIRST: u64 = 1 << 20;
/// Bytes that the thread looks through before it says how far it is.
const SLICE: u64 = 2 << 20;

/// Looking under way. Ends when it is dropped.
pub(super) struct Chase {
    shared: Arc<Shared>,
}

/// What beginning to look came to.
pub(super) enum Begun {
    /// It is known already.
    Over(Search),
    /// Somebody looks.
    Under(Chase),
}

struct Shared {
    /// How far it is.
    at: AtomicU64,
    over: AtomicBool,
    result: Mutex<Option<io::Result<Search>>>,
}

impl Chase {
    /// Begins to look in the log of the attempt whose directory is `dir`, from an offset
    /// downwards or upwards. What is near is found at once.
    pub(super) fn begin(
        dir: &Path,
        reader: &mut Reader,
        needle: &Needle,
        from: u64,
        down: bool,
    ) -> io::Result<Begun> {
        let from = match look(reader, needle, from, down, FIRST)? {
            Search::Paused(from) => from,
            over => return Ok(Begun::Over(over)),
        };
        let shared = Arc::new(Shared {
            at: AtomicU64::new(from),
            over: AtomicBool::new(false),
            result: Mutex::new(None),
        });
        let mut reader = Reader::open(dir)?;
        let (needle, theirs) = (needle.clone(), Arc::clone(&shared));
        thread::Builder::new()
            .name("search".to_owned())
            .spawn(move || {
                aside::give_way();
                let found = chase(&mut reader, &needle, from, down, &theirs);
                *theirs.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            })?;
        Ok(Begun::Under(Self { shared }))
    }

    /// What it came to so far.
    pub(super) fn so_far(&self) -> io::Result<Search> {
        let mut result = (self.shared.result.lock()).unwrap_or_else(PoisonError::into_inner);
        match result.take() {
            None => Ok(Search::Paused(self.shared.at.load(Ordering::Relaxed))),
            Some(result) => result,
        }
    }
}

impl Drop for Chase {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

fn look(
    reader: &mut Reader,
    needle: &Needle,
    from: u64,
    down: bool,
    limit: u64,
) -> io::Result<Search> {
    if down {
        find_next(reader, needle, from, limit)
    } else {
        find_previous(reader, needle, from, limit)
    }
}

/// Looks until it is known or nobody wants to know any more.
fn chase(
    reader: &mut Reader,
    needle: &Needle,
    mut from: u64,
    down: bool,
    shared: &Shared,
) -> io::Result<Search> {
    loop {
        if shared.over.load(Ordering::Relaxed) {
            return Ok(Search::Paused(from));
        }
        match look(reader, needle, from, down, SLICE)? {
            Search::Paused(next) => from = next,
            over => return Ok(over),
        }
        shared.at.store(from, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::output::{Log, Stream};

    fn wait(begun: Begun) -> (Search, bool) {
        let chase = match begun {
            Begun::Over(search) => return (search, true),
            Begun::Under(chase) => chase,
        };
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            match chase.so_far().unwrap() {
                Search::Paused(_) => assert!(Instant::now() < end),
                over => return (over, false),
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn what_is_near_is_known_at_once_and_what_is_far_soon() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = Log::create(dir.path()).unwrap();
        let blank = vec![b'.'; 5 << 20];
        log.append(Stream::Out, b"Needle", 0).unwrap();
        log.append(Stream::Out, &blank, 0).unwrap();
        log.append(Stream::Out, b"Needle", 0).unwrap();
        let end = 12 + (5 << 20);
        let mut reader = Reader::open(dir.path()).unwrap();
        let needle = Needle::new("Needle").unwrap();
        let mut begin =
            |from, down| wait(Chase::begin(dir.path(), &mut reader, &needle, from, down).unwrap());
        assert_eq!(begin(end, false), (Search::Found(end - 6), true));
        assert_eq!(begin(end - 6, false), (Search::Found(0), false));
        assert_eq!(begin(0, false), (Search::Exhausted, true));
        assert_eq!(begin(1, true), (Search::Found(end - 6), false));
        assert_eq!(begin(end - 5, true), (Search::Exhausted, true));
    }
}
