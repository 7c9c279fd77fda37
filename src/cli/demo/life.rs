//! When a process of the demo ends by itself. Both run in sessions of their own, so nothing else would end them if the
//! console died before it could clean up.
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a process of the demo looks whether it should end.
pub const CHECK_EVERY: Duration = Duration::from_millis(500);

/// The longest that a process of the demo lives, whatever else holds.
const LIMIT: Duration = Duration::from_hours(2);

/// One process's reasons to end.
#[derive(Debug)]
pub struct Life {
    scratch: PathBuf,
    since: Instant,
    limit: Duration,
}

impl Life {
    /// A life that begins now and hangs on this scratch folder.
    pub fn on(scratch: &Path) -> Self {
        Self {
            scratch: scratch.to_owned(),
            since: Instant::now(),
            limit: LIMIT,
        }
    }

    /// True once the folder holds `stop`, is gone, the caller's `finished` says so, or the time is up.
    pub fn is_over(&self, finished: &dyn Fn() -> bool) -> bool {
        self.folder_is_gone()
            || self.scratch.join("stop").symlink_metadata().is_ok()
            || self.since.elapsed() >= self.limit
            || finished()
    }

    /// True if the scratch folder has been deleted.
    pub fn folder_is_gone(&self) -> bool {
        !self.scratch.is_dir()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_ends_it() {
        let dir = std::env::temp_dir().join(format!("rb-life-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let mut life = Life::on(&dir);
        assert!(!life.is_over(&|| false));
        assert!(life.is_over(&|| true));
        life.limit = Duration::ZERO;
        assert!(life.is_over(&|| false));
        life.limit = LIMIT;
        std::fs::File::create(dir.join("stop")).unwrap();
        assert!(life.is_over(&|| false));
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(life.folder_is_gone() && life.is_over(&|| false));
    }
}
